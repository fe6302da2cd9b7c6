"""Averages the attributions of several paths: over noisy copies of the image, and over random baselines."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ml.attribution.integrated_gradients.attribution import Attribution, Harder, share


class AttributionMean:
    """Takes attributions one by one and keeps only sums.

    The mean map adds up to the mean of F(x) − F(x′) plus the mean of the signed δ: errors of single paths may
    cancel in this mean, as they do in the map. So the worst relative δ is kept too, and the flags of all paths. The
    estimated errors of the maps are added up as if none cancelled: the mean map is at most so far from the truth as
    the paths' maps are on average. What was harder is what was harder for most paths.

    Args:
        paths: how many there will be.
    """

    def __init__(self, paths: int) -> None:
        self.paths = paths
        self.worst_relative_delta = 0.0
        self._missing = paths
        self._map: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | float = 0.0
        self._sums = np.zeros(4)
        self._harder = Counter[Harder]()
        self._evaluations = 0
        self._flags: set[str] = set()

    def add(self, attribution: Attribution) -> bool:
        """Add one path's attribution; return whether it was the last."""
        self._missing -= 1
        self._map = self._map + attribution.map.astype(np.float64)
        size = float(np.abs(attribution.map).sum(dtype=np.float64))
        self._sums += attribution.value, attribution.baseline_value, attribution.delta, attribution.map_error * size
        self._harder[attribution.harder] += 1
        self._evaluations += attribution.evaluations
        self._flags.update(attribution.flags)
        # NaN, of a path that is not finite, is worse than any number, and max() would lose it.
        self.worst_relative_delta = float(np.maximum(self.worst_relative_delta, attribution.relative_delta))
        return self._missing == 0

    def result(self) -> Attribution:
        """The mean; ``evaluations`` is the sum."""
        value, baseline_value, delta, error = (float(total) / self.paths for total in self._sums)
        mean = np.asarray(self._map / self.paths, np.float32)
        return Attribution(
            mean,
            value,
            baseline_value,
            delta,
            self._evaluations,
            tuple(sorted(self._flags)),
            map_error=share(error, float(np.abs(mean).sum(dtype=np.float64))),
            harder=self._harder.most_common(1)[0][0],
        )
