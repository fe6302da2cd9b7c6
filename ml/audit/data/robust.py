"""Estimates how widely numbers scatter, without letting the far ones widen the estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NORMAL = 1.4826
"""Median absolute deviation times this is the standard deviation, where numbers are normal (Hampel 1974)."""


def spread(values: NDArray[np.float64], *, least: float) -> float:
    """The standard deviation of numbers (n,), estimated by the median absolute deviation from the median.

    Args:
        values: finite.
        least: what is taken at least, so that among equal numbers the slightest difference is not odd.
    """
    if not len(values):
        return least
    return max(NORMAL * float(np.median(np.abs(values - np.median(values)))), least)
