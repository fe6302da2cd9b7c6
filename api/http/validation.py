"""Turns the validator's errors into one problem per field, in words for a person."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from api.http.problem import FieldProblem
from jobs.housekeeping.retention import PERIOD, PERIOD_IN_WORDS, Retention, SharedRetention
from jobs.identity.api_key import KEY_NAME, KEY_NAME_IN_WORDS, ApiKey
from jobs.job_note import Remarks
from jobs.names.near_name import did_you_mean, near_name
from jobs.names.project_name import PROJECT, PROJECT_IN_WORDS, PROJECT_OR_ALL
from jobs.notice.channel import Channel
from jobs.specs.patterns import ACCEPTED
from jobs.specs.spec import KINDS, SPECS
from jobs.turns.turn import Wish

_PLACES = frozenset({"body", "query", "path", "header"})
_LONGEST_INPUT = 100
_PATTERN = "string_pattern_mismatch"


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for inner in _models_in(field.annotation):
            yield from _field_names(inner)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field may hold, also inside of a union, a list or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


_SPEC_FIELDS = frozenset(name for spec in SPECS for name in _field_names(spec))
_BODIES: tuple[type[BaseModel], ...] = (ApiKey, Channel, Retention, SharedRetention, Wish)
_FIELDS = _SPEC_FIELDS.union(*map(_field_names, _BODIES), {"days", "weight"})
"""Of specifications, and of other bodies."""
_ACCEPTED = {
    **ACCEPTED,
    PROJECT: PROJECT_IN_WORDS,
    PROJECT_OR_ALL: f"{PROJECT_IN_WORDS}, or '*' for all projects",
    PERIOD: PERIOD_IN_WORDS,
    KEY_NAME: KEY_NAME_IN_WORDS,
}
_REMARKS = frozenset(Remarks.model_fields)
_SECRET = frozenset({"url"})
"""Fields whose value is never repeated."""
# Fields whose value maps names of the user's choice: these are part of the path too.
_MAPPINGS = frozenset({"grid", "random", "method_options"})


def body_problems(content_type: str | None) -> list[FieldProblem]:
    """The one problem of a body that was not sent as JSON, as by ``curl -d`` alone."""
    sent = (
        f"the body was sent as {_short(content_type)}" if content_type else "the body was sent without a content type"
    )
    how = "send JSON with the header 'content-type: application/json' (curl: --json in place of -d)"
    return [FieldProblem(field="", message=f"{sent}: {how}")]


def is_of_unread_body(error: Mapping[str, Any]) -> bool:
    """Whether an error is of a body of which nothing was read but its bytes."""
    return tuple(error["loc"]) == ("body",) and isinstance(error.get("input"), bytes | str)


def in_body(error: ValidationError) -> list[Any]:
    """The errors of a model that was validated by hand, placed as those of a request's body."""
    return [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """One problem per field: where alternatives were tried, their messages are joined.

    What a pattern accepts is told with all alternatives to it, so nothing is added to that.
    """
    found: dict[str, FieldProblem] = {}
    complete = {_field(error) for error in errors if error["type"] == _PATTERN}
    for error in errors:
        field, message = _field(error), _message(error)
        if field in complete and error["type"] != _PATTERN:
            continue
        if field in found:
            message = f"{found[field].message}; or: {message}"
        given = None if field in _SECRET else _short(error.get("input"))
        found[field] = FieldProblem(field=field, message=message, input=given)
    return list(found.values())


def summary(problems: Sequence[FieldProblem]) -> str:
    """One line that names every field and how to mend it."""
    return "; ".join(f"{each.field}: {each.message}" if each.field else each.message for each in problems)


def _field(error: Mapping[str, Any]) -> str:
    place, *inside = error["loc"]
    if place != "body":
        return str(inside[0]) if inside and place in _PLACES else ".".join(str(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        return ""
    if error["type"].startswith("union_tag_"):
        return "kind"
    # The validator also names the kind of job and the alternatives that it tried: those are no fields.
    *path, last = (inside[1:] if inside and inside[0] in KINDS else inside) or [""]
    steps = pairwise([None, *path])
    known = [str(part) for before, part in steps if _is_place(part, before)]
    if error["type"] == "extra_forbidden" or _is_place(last, path[-1] if path else None):
        known.append(str(last))
    return ".".join(known)


def _is_place(part: object, before: object) -> bool:
    return isinstance(part, int) or part in _FIELDS or part in _REMARKS or before in _MAPPINGS


def _message(error: Mapping[str, Any]) -> str:
    kind, message = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind in {"extra_forbidden", "unknown_field"}:
        return _unknown_field(str(error["loc"][-1]), error["loc"] if kind == "extra_forbidden" else ())
    if kind == "literal_error" and isinstance(error.get("input"), str):
        return message + did_you_mean(
            error["input"], re.findall(r"'([^']*)'", str(error["ctx"]["expected"])), cutoff=0.6
        )
    if kind == "missing":
        return "this is required: add it"
    if kind == "union_tag_not_found":
        return f"say what kind of job this is: {' or '.join(map(repr, KINDS))}"
    if kind == _PATTERN:
        accepted = _ACCEPTED.get(error["ctx"]["pattern"])
        return f"expected {accepted}" if accepted else message
    return message


def _unknown_field(name: str, place: Sequence[int | str]) -> str:
    """What may be meant: a field of the same part of the specification before one of any other."""
    *path, last = name.split(".")
    near = near_name(last, _fields_at(place), cutoff=0.6)
    meant = [*path, near] if near else _elsewhere(last, place)
    return f"unknown field: did you mean {'.'.join(meant)!r}?" if meant else "unknown field: remove it"


def _elsewhere(name: str, place: Sequence[int | str]) -> list[str]:
    """The path of the field that is called so, or almost so, in another part of the specification."""
    for spec in SPECS if place else ():
        for field, each in spec.model_fields.items() if spec.kind_name() in place[1:2] else ():
            if any(name in model.model_fields for model in _models_in(each.annotation)):
                return [field, name]
    near = near_name(name, _SPEC_FIELDS, cutoff=0.6)
    return [near] if near and near != name else []


def _fields_at(place: Sequence[int | str]) -> set[str]:
    """The fields of the part of a specification that an error is in; none where the place is no part of one."""
    models: list[type[BaseModel]] = [spec for spec in SPECS if spec.kind_name() in place[1:2]]
    for part in place[2:-1]:
        inner = [each.model_fields[part] for each in models if isinstance(part, str) and part in each.model_fields]
        models = [model for field in inner for model in _models_in(field.annotation)] or models
    return {name for model in models for name in model.model_fields}


def _short(value: object) -> str | int | float | bool | None:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_INPUT else f"{value[:_LONGEST_INPUT]}…"
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None
