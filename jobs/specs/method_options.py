"""Checks which methods a job asks for, and with which options, against what is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, JsonValue, ValidationError

from jobs.errors import InvalidSpec
from jobs.names.near_name import near_name
from jobs.specs.installed_methods import installed_methods


def _finite(value: JsonValue) -> JsonValue:
    """The value itself, if JSON can store it, so that workers read what was submitted."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise ValueError("expected finite numbers, no NaN and no infinite ones") from error
    return value


FiniteJson = Annotated[JsonValue, AfterValidator(_finite)]
Options = Mapping[str, Mapping[str, JsonValue]]
"""The options of each method, by its name."""
FIELD = "method_options"


def check_methods(methods: Sequence[str], options: Options, *, where: str) -> None:
    """Every method must be installed, and take the options that are given.

    Args:
        methods: names.
        options: of these methods.
        where: which process this is, such as ``here`` or ``on worker compute@host``.

    Raises:
        InvalidSpec: one is not, or does not; names the field to correct.
    """
    for place, name in enumerate(methods):
        if name not in installed_methods().usable:
            raise InvalidSpec(_missing(name, where), field=f"methods.{place}")
    for name in options:
        if name not in methods:
            raise InvalidSpec(
                f"these are options of {name!r}, and the job asks for {', '.join(methods)}: add the method or remove "
                "its options",
                field=f"{FIELD}.{name}",
            )
    for name in methods:
        options_of(name, options.get(name, {}))


def options_of(name: str, given: Mapping[str, JsonValue]) -> BaseModel | None:
    """The options of an installed method, those that are not given as the package sets them; None if it takes none.

    Raises:
        InvalidSpec: the method takes no such options; names the field to correct.
    """
    model = installed_methods().usable[name].options
    if model is None:
        if given:
            raise InvalidSpec(f"method {name!r} takes no options: remove {', '.join(given)}", field=f"{FIELD}.{name}")
        return None
    for option in given:
        if option not in _names(model):
            raise InvalidSpec(_unknown(name, option, sorted(_names(model))), field=f"{FIELD}.{name}.{option}")
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise _refused(name, error) from error
    except Exception as error:
        message = f"method {name!r} cannot check its options: {type(error).__name__}: {error}"
        raise InvalidSpec(message, field=f"{FIELD}.{name}") from error


def _names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _refused(name: str, error: ValidationError) -> InvalidSpec:
    first = error.errors()[0]
    place = ".".join([FIELD, name, *map(str, first["loc"])])
    return InvalidSpec(f"{first['msg'].removeprefix('Value error, ')} (of method {name!r})", field=place)


def _unknown(name: str, option: str, known: Sequence[str]) -> str:
    return f"method {name!r} has no option {option!r}: it has {', '.join(known) or 'none'}"


def _missing(name: str, where: str) -> str:
    """Why a method cannot be had, and which can."""
    found = installed_methods()
    for each in found.unusable:
        if each.name == name:
            return f"method {name!r} of {each.package} cannot be used {where}: {each.reason}"
    near = near_name(name, found.usable, cutoff=0.6)
    hint = f"did you mean {near!r}?" if near else "install the package that adds it wherever the API and workers run"
    return f"method {name!r} is not installed {where}: {hint}; installed are {', '.join(found.usable)}"
