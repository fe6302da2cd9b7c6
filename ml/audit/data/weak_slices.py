"""Finds slices of the images whose error is higher than chance would have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.proportion import Proportion, proportion
from ml.audit.data.slices import Slice
from ml.evaluation.fisher import fisher_more
from ml.evaluation.holm import holm_adjusted

FEWEST = 5
"""Images on either side of a test; with fewer, no test has the power to find anything."""


@dataclass(frozen=True, eq=False)
class WeakSlice:
    """A slice with more errors than the rest.

    Attributes:
        slice: which images.
        error: share of them that is predicted wrong.
        rest: the same of all other images.
        p_value: of Fisher's exact test against the rest, one-sided, corrected for all looks (Holm 1979).
        looks: how many slices were tested.
    """

    slice: Slice
    error: Proportion
    rest: Proportion
    p_value: float
    looks: int


@dataclass(frozen=True)
class WeakSlices:
    """The slices found, the surest first; how many were looked at; sentences on what could not be done."""

    found: tuple[WeakSlice, ...]
    looks: int
    left_out: tuple[str, ...] = ()


def weak_slices(wrong: NDArray[np.bool_], slices: Sequence[Slice], *, level: float = 0.05) -> WeakSlices:
    """Test each slice against all other images.

    Args:
        wrong: (N,) bool: whether the prediction is not the true class.
        slices: what to look at; one with fewer than 5 images, or with fewer than 5 others, is left out.
        level: the chance of naming any slice where none differs.
    """
    tested = [each for each in slices if FEWEST <= each.members.sum() <= len(wrong) - FEWEST]
    p_values = holm_adjusted([_p_value(wrong, each.members) for each in tested])
    found = [
        WeakSlice(each, proportion(wrong[each.members]), proportion(wrong[~each.members]), p_value, len(tested))
        for each, p_value in zip(tested, p_values, strict=True)
        if p_value <= level
    ]
    found.sort(key=lambda each: (each.p_value, -each.error.share))
    return WeakSlices(tuple(found), len(tested), _left_out(len(slices) - len(tested), len(slices)))


def _p_value(wrong: NDArray[np.bool_], members: NDArray[np.bool_]) -> float:
    inside, outside = wrong[members], wrong[~members]
    return fisher_more(int(inside.sum()), len(inside), int(outside.sum()), len(outside))


def _left_out(skipped: int, slices: int) -> tuple[str, ...]:
    if not slices:
        return ("There is no slice to look at.",)
    if not skipped:
        return ()
    return (f"{skipped} of {slices} slices were not tested: they, or the rest, have fewer than {FEWEST} images.",)
