"""Defines on which images a training learns, chooses its epoch and is tested."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from jobs.specs import patterns
from jobs.specs.spec_values import SplitSlice
from jobs.value import Value

TOGETHER = "+"
"""Between splits that are used as one."""
TrainingSplit = Annotated[str, Field(pattern=patterns.SPLITS, max_length=300)]


class Splits(Value):
    """The splits for training, for validation and for the test.

    Each is the name of a split, or a slice of one: ``train[0:800]``.

    Attributes:
        train: several are learnt from together with a plus: ``train+validation``.
        validation: chooses the epoch; null in a training with ``refit_of``, which takes another's.
        test: null: nothing is tested.
    """

    train: TrainingSplit = "train"
    validation: SplitSlice | None = "validation"
    test: SplitSlice | None = "test"

    def parts(self) -> dict[str, tuple[str, ...]]:
        """The splits of each role that has some."""
        return {role: tuple(split.split(TOGETHER)) for role, split in self if split}
