"""What a job was asked for, beyond what is so by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ALWAYS = frozenset({"model", "dataset", "split", "methods"})
_NOT_SHOWN = frozenset({"kind", "name"})


def asked(kind: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a specification that say more than their defaults, by path, such as ``optimizer.learning_rate``.

    Of a kind that this release does not know, all.
    """
    defaults = _defaults(kind)
    for name, value in spec.items():
        if name in ALWAYS or (name not in _NOT_SHOWN and name not in defaults):
            yield name, value
        elif name not in _NOT_SHOWN:
            yield from _other(name, value, defaults[name])


def _other(path: str, value: Any, default: Any) -> Iterator[tuple[str, Any]]:
    if value == default:
        return
    if not isinstance(value, dict) or not isinstance(default, dict):
        yield path, value
        return
    for name, inner in value.items():
        yield from _other(f"{path}.{name}", inner, default.get(name))


def _defaults(kind: str) -> dict[str, Any]:
    """The defaults of the fields that have one, as JSON has them."""
    from pydantic_core import to_jsonable_python  # noqa: PLC0415  (slow to load)

    from jobs.specs.spec import SPECS  # noqa: PLC0415

    spec = next((each for each in SPECS if each.kind_name() == kind), None)
    fields = {} if spec is None else spec.model_fields
    return {
        name: to_jsonable_python(field.get_default(call_default_factory=True))
        for name, field in fields.items()
        if not field.is_required()
    }
