"""Defines the specification of a sweep: one training specification, and the fields of it to vary."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from jobs.specs.halving import Halving, Rung, rungs
from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs
from jobs.specs.search_space import (
    Choices,
    Range,
    Settings,
    apply_settings,
    combinations,
    describe_settings,
    draws,
    is_whole,
)
from jobs.specs.spec_values import Name
from jobs.specs.train_spec import TrainSpec

MAX_TRIALS = 500
_FIXED = ("kind", "name", "refit_of", "folds")


class SweepSpec(JobSpec):
    """Run one training with different settings, and publish the best model.

    Attributes:
        base: what all trials have in common.
        grid: values by dotted field of ``base``; every combination is a trial.
        random: in place of a grid, what to draw each field from.
        samples: number of random draws; a space with fewer different points makes fewer trials.
        seed: of the draws; the trainings use ``base.seed``.
        parallel: how many trials may run at once.
    """

    example = Example(
        "Try six settings, let the better ones train longer, publish the best",
        {
            "kind": "sweep",
            "name": "learning rates",
            "base": {
                "kind": "train",
                "dataset": "synthetic_flowers",
                "backbone": "SmallCNN",
                "weights": "none",
                "image_size": 64,
                "epochs": 8,
            },
            "grid": {"optimizer.learning_rate": [0.003, 0.001, 0.0003], "batch_size": [32, 64]},
            "parallel": 2,
            "halving": {"factor": 3, "min_epochs": 2},
        },
    )
    queue = "light"
    makes_model = True

    kind: Literal["sweep"]
    name: Name | None = None
    base: TrainSpec
    grid: dict[str, Choices] = Field(default_factory=dict, max_length=20)
    random: dict[str, Range | Choices] = Field(default_factory=dict, max_length=20)
    samples: int | None = Field(default=None, ge=1, le=MAX_TRIALS)
    seed: int = Field(default=0, ge=0, lt=2**31)
    parallel: int = Field(default=2, ge=1, le=100)
    halving: Halving | None = None

    @property
    def dataset(self) -> str:
        """The data set of the base."""
        return self.base.dataset

    @cached_property
    def trials(self) -> tuple[Settings, ...]:
        """The settings of each trial; the index in this list is the trial's number."""
        if self.grid:
            return tuple(combinations(self.grid))
        return tuple(draws(self.random, samples=self.samples or 1, seed=self.seed))

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """One rung, or those of successive halving."""
        return rungs(len(self.trials), epochs=self.base.epochs, halving=self.halving)

    def needs(self) -> Needs:
        """What the base needs, and the data sets that trials have in place of its own."""
        needed = self.base.needs().within("base")
        return replace(needed, datasets={**needed.datasets, **self._varied_datasets()})

    def trial_spec(self, trial: int, *, rung: int) -> TrainSpec:
        """The training specification of a trial on this rung."""
        epochs = self.rungs[rung].epochs
        title = f"{(self.name or 'sweep')[:150]} / trial {trial}"
        changes = {**self.trials[trial], "name": f"{title} rung {rung}" if self.halving else title}
        trained = apply_settings(self.base, changes)
        return trained if epochs is None else trained.shortened(epochs)

    def _varied_datasets(self) -> dict[str, str]:
        place, space = ("grid", self.grid) if self.grid else ("random", self.random)
        choices = space.get("dataset")
        names = choices if isinstance(choices, tuple) else ()
        return {f"{place}.dataset.{number}": name for number, name in enumerate(names) if isinstance(name, str)}

    @field_validator("base", mode="before")
    @classmethod
    def _kind_is_known(cls, value: Any) -> Any:
        return {"kind": "train", **value} if isinstance(value, dict) else value

    @field_validator("base")
    @classmethod
    def _chooses(cls, value: TrainSpec) -> TrainSpec:
        if value.refit_of is not None or value.folds:
            field = "refit_of" if value.refit_of is not None else "folds"
            raise ValueError(f"base.{field}: a sweep looks for settings; train once more with those that it finds")
        return value

    @field_validator("grid", "random")
    @classmethod
    def _each_once(cls, space: dict[str, Any]) -> dict[str, Any]:
        for field, values in space.items():
            if isinstance(values, tuple) and len({json.dumps(value) for value in values}) < len(values):
                raise ValueError(f"{field} names a value twice: name each once")
        return space

    @field_validator("random")
    @classmethod
    def _whole_numbers_lie_between(cls, space: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Sweeps that are stored are read as they are: an earlier release took them."""
        for field, wanted in space.items() if info.mode == "python" else ():
            if isinstance(wanted, Range) and is_whole(field) and math.ceil(wanted.low) > math.floor(wanted.high):
                between = f"{wanted.low:g} and {wanted.high:g}"
                raise ValueError(f"{field} takes whole numbers, and none lies between {between}: choose other bounds")
        return space

    @model_validator(mode="after")
    def _one_space(self) -> SweepSpec:
        if bool(self.grid) == bool(self.random):
            raise ValueError("say what to vary: either grid, or random with samples")
        if self.random and self.samples is None:
            raise ValueError("random needs samples: say how many trials to draw")
        if self.grid and self.samples is not None:
            raise ValueError("samples belongs to random: a grid tries every combination, leave it out")
        size = math.prod(len(values) for values in self.grid.values())
        if size > MAX_TRIALS:
            raise ValueError(f"grid has {size} combinations, at most {MAX_TRIALS} are tried: use random with samples")
        return self

    @model_validator(mode="after")
    def _rungs_grow(self) -> SweepSpec:
        if self.halving is None:
            return self
        if "epochs" in {*self.grid, *self.random}:
            raise ValueError("halving sets epochs itself: do not vary it")
        if self.halving.min_epochs >= self.base.epochs:
            raise ValueError(
                f"halving.min_epochs {self.halving.min_epochs} must be less than base.epochs {self.base.epochs}"
            )
        return self

    @model_validator(mode="after")
    def _every_trial_is_valid(self, info: ValidationInfo) -> SweepSpec:
        """Sweeps that are stored are read as they are: an earlier release put fields together in another way."""
        if info.mode != "python":
            return self
        place = "grid" if self.grid else "random"
        found: dict[tuple[str, ...], InitErrorDetails] = {}
        for number, settings in enumerate(self.trials):
            for field, problem in _problems(self.base, number, settings):
                where = (place, field) if field else (place,)
                details = InitErrorDetails(type=problem, loc=where, input=settings.get(field))
                found.setdefault(where, details)
        if found:
            raise ValidationError.from_exception_data("SweepSpec", list(found.values()))
        return self


def _problems(base: TrainSpec, number: int, settings: Settings) -> Iterator[tuple[str, PydanticCustomError]]:
    """What is wrong with a trial, by the varied field at fault; empty where it is the combination of fields."""
    for field in _FIXED:
        if field in settings:
            yield field, PydanticCustomError("fixed_field", "this is the same for all trials: do not vary it")
    try:
        apply_settings(base, settings)
    except ValidationError as error:
        yield from _refusals(error, number, settings)


def _refusals(error: ValidationError, number: int, settings: Settings) -> Iterator[tuple[str, PydanticCustomError]]:
    """All errors of one field as one problem; pydantic gives one error per part, and per type that the field takes."""
    messages: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in each["loc"])
        field = next((field for field in settings if _same_place(field, place)), "")
        if each["type"] == "extra_forbidden":
            yield field, PydanticCustomError("unknown_field", "a training specification has no such field")
        else:
            part = place.removeprefix(f"{field}.") if isinstance(settings.get(field), dict) and place != field else ""
            message = each["msg"].removeprefix("Value error, ")
            messages.setdefault(field, []).append(f"{part}: {message}" if part else message)
    for field, found in messages.items():
        joint = "; " if not field or isinstance(settings[field], dict) else "; or: "
        # pydantic's type hints ask for literal strings here, but any string works.
        text: Any = f"trial {number} ({describe_settings(settings)}): {joint.join(found)}"
        yield field, PydanticCustomError("trial", text)


def _same_place(field: str, place: str) -> bool:
    return f"{field}.".startswith(f"{place}.") or f"{place}.".startswith(f"{field}.")
