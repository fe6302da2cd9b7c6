"""The mean difference of a measure that was taken twice of the same images, with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
_FEWEST_RESAMPLES = 200
_DRAWN_AT_MOST = 200_000_000
"""Images times resamples; beyond, there are fewer resamples, which are enough where there are so many images."""
_FEWEST_IMAGES = 2


@dataclass(frozen=True)
class PairedMean:
    """Means over the images that have both numbers.

    Attributes:
        first: mean of the first number.
        second: mean of the second.
        difference: second minus first.
        interval_95: of the difference, by the bootstrap; None of a single image.
        images: n.
    """

    first: float
    second: float
    difference: float
    interval_95: tuple[float, float] | None
    images: int


def paired_mean(first: NDArray[np.floating], second: NDArray[np.floating], *, seed: int = 0) -> PairedMean | None:
    """Compare two numbers of each image, (n,) each; images without a finite one are left out. None of no image.

    The interval is that of the percentile bootstrap (Efron 1979): images are drawn with replacement, both numbers of
    an image together, so that what an image adds to both cancels.
    """
    known = np.isfinite(first) & np.isfinite(second)
    count = int(known.sum())
    if not count:
        return None
    one, other = first[known].astype(np.float64), second[known].astype(np.float64)
    differences = other - one
    return PairedMean(
        first=float(one.mean()),
        second=float(other.mean()),
        difference=float(differences.mean()),
        interval_95=_interval(differences, np.random.default_rng(seed)) if count >= _FEWEST_IMAGES else None,
        images=count,
    )


def _interval(differences: NDArray[np.float64], random: np.random.Generator) -> tuple[float, float]:
    count = len(differences)
    resamples = int(np.clip(_DRAWN_AT_MOST // count, _FEWEST_RESAMPLES, RESAMPLES))
    means = [float(differences[random.integers(0, count, count)].mean()) for _ in range(resamples)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
