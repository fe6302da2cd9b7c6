"""Integrates the attribution densities of one path by the trapezoidal rule, and estimates the error of the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ml.attribution.integrated_gradients.attribution import Map, share

Interval = tuple[float, float]

# A jump somewhere in an interval of width h, and a random walk from one end to the other, both give the trapezoidal
# rule a mean squared error of (h · step)² / 12.
_RANDOM_PLACE = 12**-0.5
# So that true errors are 0.8 of the estimate at the median; docs/integrated-gradients.md says on which images.
CALIBRATION = 1.1


class MapIntegral:
    """The maps of all nodes, and sums over the intervals between them that are kept up as intervals are divided.

    The error of each pixel is estimated from its steps between neighbouring nodes, as if the errors of two intervals
    were independent: squares add up. Changes that both ends of an interval miss are not seen.
    """

    def __init__(self) -> None:
        self._maps: dict[float, Map] = {}
        self._distances: dict[Interval, float] = {}
        self._total = self._squares = np.zeros((), np.float32)

    def add(self, maps: Mapping[float, Map]) -> None:
        """Add evaluated nodes between 0 and 1, each with its attribution density (S, S)."""
        self._maps.update(maps)
        intervals = list(pairwise(sorted(self._maps)))
        for gone in sorted(self._distances.keys() - intervals):
            del self._distances[gone]
            self._count(gone, -1)
        for new in intervals:
            if new not in self._distances:
                self._distances[new] = self._count(new, 1)

    @property
    def map(self) -> Map:
        """The integral so far, (S, S)."""
        return self._total

    def distances(self, nodes: Sequence[float]) -> npt.NDArray[np.float64]:
        """Of each interval its width times the L1 distance of the maps at its ends, (n − 1,)."""
        return np.array([self._distances[interval] for interval in pairwise(nodes)])

    def relative_error(self) -> float:
        """Estimated Σ|map − true map| / Σ|map|; 0 for maps that are zero everywhere."""
        error = float(np.sqrt(np.maximum(self._squares, 0)).sum(dtype=np.float64)) * CALIBRATION * _RANDOM_PLACE
        return share(error, float(np.abs(self._total).sum(dtype=np.float64)))

    def _count(self, interval: Interval, sign: int) -> float:
        """Add an interval's share of the sums, or take it away; returns its width times the distance of its ends."""
        left, right = (self._maps[node] for node in interval)
        width = np.float32(interval[1] - interval[0])
        step = width * (right - left)
        self._total = self._total + np.float32(sign) * (width / 2) * (left + right)
        self._squares = self._squares + np.float32(sign) * step**2
        return float(np.abs(step).sum(dtype=np.float64))
