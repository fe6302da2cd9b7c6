"""Compares two classifiers on the same images: what the second one mends and what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

_Z95 = float(norm.ppf(0.975))
_NEARLY_ONE = 1 - 1e-12


@dataclass(frozen=True)
class PairedOutcomes:
    """How many images each of two classifiers got right.

    Attributes:
        both: right by both.
        fixed: right by the second alone.
        broken: right by the first alone.
        neither: wrong by both.
    """

    both: int
    fixed: int
    broken: int
    neither: int

    @property
    def images(self) -> int:
        """How many there are."""
        return self.both + self.fixed + self.broken + self.neither

    @property
    def first_accuracy(self) -> float | None:
        """Share of images that the first got right; None of no images."""
        return (self.both + self.broken) / self.images if self.images else None

    @property
    def second_accuracy(self) -> float | None:
        """Share of images that the second got right; None of no images."""
        return (self.both + self.fixed) / self.images if self.images else None

    @property
    def difference(self) -> float | None:
        """Accuracy of the second minus that of the first; None of no images."""
        return (self.fixed - self.broken) / self.images if self.images else None

    def p_value(self) -> float:
        """McNemar's test (1947), exact and two-sided: would a fair coin split fixed and broken as unevenly?"""
        changed = self.fixed + self.broken
        return float(binomtest(self.fixed, changed, 0.5).pvalue) if changed else 1.0

    def interval_95(self) -> tuple[float, float] | None:
        """95 % score interval of the difference (Tango 1998, section 2); None of no images.

        It holds the differences that the score test for paired shares would not refuse, so it stays within -1 to 1 and
        has a width also where nothing changed.
        """
        if not self.images:
            return None
        found = self.difference or 0.0
        low = _edge(lambda shift: self._score(shift) - _Z95, -_NEARLY_ONE, found)
        high = _edge(lambda shift: self._score(shift) + _Z95, found, _NEARLY_ONE)
        return low, high

    def _score(self, shift: float) -> float:
        """How many standard errors the difference found lies above ``shift``."""
        count, fixed, broken = self.images, self.fixed, self.broken
        linear = (2 * count - fixed + broken) * shift - fixed - broken
        constant = -broken * shift * (1 - shift)
        likely = (sqrt(max(0.0, linear**2 - 8 * count * constant)) - linear) / (4 * count)
        variance = count * (2 * likely + shift * (1 - shift))
        above = fixed - broken - count * shift
        if variance <= 0:
            return 0.0 if above == 0 else float(np.copysign(np.inf, above))
        return above / sqrt(variance)


def paired_outcomes(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> PairedOutcomes:
    """Count the outcomes of two classifiers: (n,) bool each, whether they were right about the same images."""
    return PairedOutcomes(
        both=int((first & second).sum()),
        fixed=int((~first & second).sum()),
        broken=int((first & ~second).sum()),
        neither=int((~first & ~second).sum()),
    )


def outcomes_by_class(
    first: NDArray[np.bool_], second: NDArray[np.bool_], labels: NDArray[np.integer]
) -> dict[int, PairedOutcomes]:
    """The same for the images of each true class, ``labels`` (n,), in the order of the classes."""
    cells = np.where(first, np.where(second, 0, 2), np.where(second, 1, 3))
    known, places = np.unique(labels, return_inverse=True)
    counts = np.bincount(places * 4 + cells, minlength=4 * len(known)).reshape(-1, 4)
    return {int(label): PairedOutcomes(*map(int, row)) for label, row in zip(known, counts, strict=True)}


def _edge(score: Callable[[float], float], low: float, high: float) -> float:
    """Where the score is zero; the outer end of the scale where it is nowhere."""
    at_low, at_high = score(low), score(high)
    if at_low * at_high > 0 or not (np.isfinite(at_low) or np.isfinite(at_high)):
        return low if abs(low) > abs(high) else high
    return float(brentq(score, low, high, xtol=1e-10))
