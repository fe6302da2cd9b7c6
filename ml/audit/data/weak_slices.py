"""Finds slices of the images whose error is higher than chance would have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.proportion import Proportion
from ml.audit.data.slices import Slice


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
    raise NotImplementedError


def fisher_more(errors: int, images: int, other_errors: int, other_images: int) -> float:
    """Fisher's exact test, one-sided (1935): how likely so many errors or more are, if errors fall anywhere alike."""
    raise NotImplementedError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's correction (1979): p-values that hold for all tests together."""
    raise NotImplementedError
