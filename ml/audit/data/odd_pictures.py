"""Finds pictures that are odd: dark, bright, without contrast, blurred, of another size or of other proportions.

A picture is odd that lies far from the median of its set, counted in robust standard deviations, or beyond a limit that
is odd in any set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class OddPicture:
    """One picture and one way in which it is odd.

    Attributes:
        image: row of the measures.
        kind: one of ``KINDS``.
        value: what was measured.
        median: of the set.
        deviations: how many robust standard deviations it lies from the median.
        words: a sentence for people.
    """

    image: int
    kind: str
    value: float
    median: float
    deviations: float
    words: str


KINDS = ("dark", "bright", "uniform", "low_contrast", "blurred", "size", "proportions")


@dataclass(frozen=True)
class OddPictures:
    """What is odd, kind by kind, the oddest first; and sentences on what could not be done."""

    found: tuple[OddPicture, ...]
    left_out: tuple[str, ...] = ()


def odd_pictures(measures: NDArray[np.float64]) -> OddPictures:
    """Judge pictures by their measures (N, 5), columns as in ``ml.audit.data.picture_measures.MEASURES``."""
    raise NotImplementedError
