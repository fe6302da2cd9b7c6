"""Generates the settings that a sweep tries: every combination of a grid, or random draws."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Field, JsonValue, model_validator

from jobs.specs.pipeline_spec import NAMED_BY
from jobs.specs.train_spec import TrainSpec
from jobs.value import Value

Finite = Annotated[float, Field(allow_inf_nan=False)]
Choices = Annotated[tuple[JsonValue, ...], Field(min_length=1, max_length=500)]
Settings = dict[str, JsonValue]
# A space may have too few distinct points: stop after this many draws per requested trial.
_DRAWS_PER_TRIAL = 20
_DIGITS = 4


class Range(Value):
    """Numbers from ``low`` to ``high``, both included; evenly spread, or evenly over orders of magnitude."""

    low: Finite
    high: Finite
    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be less than high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low {self.low:g} has no logarithm: with log it must be more than 0")
        return self


def combinations(grid: Mapping[str, tuple[JsonValue, ...]]) -> Iterator[Settings]:
    """Every combination of a grid's values; the last field varies fastest."""
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def draws(space: Mapping[str, Range | tuple[JsonValue, ...]], *, samples: int, seed: int) -> Iterator[Settings]:
    """At most ``samples`` different random points of a space; the same for the same seed."""
    seen: set[str] = set()
    random = Random(f"sweep {seed}")  # noqa: S311  (a search, not a secret)
    for _ in range(samples * _DRAWS_PER_TRIAL):
        drawn = {field: _draw(random, field, space[field]) for field in sorted(space)}
        text = json.dumps(drawn, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield drawn
        if len(seen) == samples:
            return


def apply_settings(base: TrainSpec, settings: Mapping[str, JsonValue]) -> TrainSpec:
    """The base specification with these fields (dotted) changed; ``mixing.alpha`` after ``mixing``, if both are.

    Raises:
        pydantic.ValidationError: there is no such field, or it does not take this value.
    """
    # Without defaults: a policy of augmentation replaces the strengths that nobody asked for; but beside a policy of
    # the base, what is left out would be read as 0.
    alone = base.augmentation.policy == "none"
    document: dict[str, Any] = base.model_dump(mode="json", exclude_defaults=alone)
    for path, value in sorted(((field.split("."), value) for field, value in settings.items()), key=_depth):
        _put(document, path, value)
    return TrainSpec.model_validate(document)


def describe_settings(settings: Mapping[str, JsonValue]) -> str:
    """Settings as text: ``batch_size 32, optimizer.learning_rate 0.001``."""
    return ", ".join(f"{field} {_text(value)}" for field, value in settings.items())


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _depth(setting: tuple[list[str], JsonValue]) -> int:
    return len(setting[0])


def _put(document: dict[str, Any], path: list[str], value: JsonValue) -> None:
    name, *rest = path
    if rest:
        inner = document.get(name)
        if isinstance(inner, str) and name in NAMED_BY:
            inner = {NAMED_BY[name]: inner}
        document[name] = copy.copy(inner) if isinstance(inner, dict) else {}
        _put(document[name], rest, value)
    else:
        document[name] = value


def _draw(random: Random, field: str, wanted: Range | tuple[JsonValue, ...]) -> JsonValue:
    if not isinstance(wanted, Range):
        return random.choice(wanted)
    low, high = wanted.low, wanted.high
    drawn = math.exp(random.uniform(math.log(low), math.log(high))) if wanted.log else random.uniform(low, high)
    if is_whole(field):
        return min(max(round(drawn), math.ceil(low)), math.floor(high))
    return min(max(float(f"{drawn:.{_DIGITS}g}"), low), high)


def is_whole(field: str) -> bool:
    """Whether a field (dotted) of a training specification takes whole numbers only."""
    kinds: set[Any] = {TrainSpec}
    for name in field.split("."):
        models = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
        fields = (model.model_fields[name] for model in models if name in model.model_fields)
        kinds = {kind for field in fields for kind in _alternatives(field.annotation)}
    return int in kinds and float not in kinds


def _alternatives(annotation: Any) -> Iterator[Any]:
    """Every type that a field takes, without the bounds that narrow it."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _alternatives(inside[0])
    elif origin in {Union, UnionType}:
        for each in inside:
            yield from _alternatives(each)
    else:
        yield annotation
