"""Computes a mean with its 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

INTERVAL = "95 % interval of the mean, by Student's t"
"""What the interval is, for people."""


@dataclass(frozen=True)
class MeanInterval:
    """The mean of ``images`` numbers, and the interval in which it lies with 95 %; None of a single number."""

    mean: float
    images: int
    interval_95: tuple[float, float] | None


def mean_interval(values: npt.NDArray[np.floating]) -> MeanInterval | None:
    """The mean of numbers (n,) and its interval by Student's t (1908); None of no number.

    The interval takes the numbers for a sample of independent images. It is exact for normal ones, and near to it for
    others from some tens of images on.
    """
    count = len(values)
    if not count:
        return None
    exact = values.astype(np.float64)
    mean = float(exact.mean())
    if count == 1:
        return MeanInterval(mean, 1, None)
    half = float(stdtrit(count - 1, 0.975)) * float(exact.std(ddof=1)) / sqrt(count)
    return MeanInterval(mean, count, (mean - half, mean + half))
