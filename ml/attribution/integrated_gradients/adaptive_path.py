"""Integrates one path of Integrated Gradients adaptively, until it has converged; in plain numpy.

The trapezoidal rule on a few nodes. Intervals are halved where the maps at their ends differ most, and some, while the
sum is out of tolerance, where F itself shows that the sum is wrong; until map and sum are within their tolerances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.attribution.integrated_gradients.attribution import Attribution, Harder, share
from ml.attribution.integrated_gradients.map_integral import MapIntegral
from ml.attribution.integrated_gradients.quadrature import (
    graded_nodes,
    interval_residuals,
    midpoints_of_worst,
)
from ml.attribution.small_difference import SMALL_DIFFERENCE

Floats = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]

FIRST_NODES = 16
# A round halves this many intervals, or this share of them if that is more, so that hard paths need few rounds.
HALVED_PER_ROUND = 8
HALVED_SHARE = 0.1
# Of these, while the sum is out of tolerance, this share for the sum; the second once the map is within tolerance.
SUM_SHARE, SUM_SHARE_ALONE = 0.25, 0.5


@dataclass(frozen=True)
class Accuracy:
    """When an integral is good enough.

    Attributes:
        tolerance: of the sum: |δ| in units of |F(x) − F(x′)|.
        max_evaluations: of F and its gradient, per path.
        smallest_difference: a smaller |F(x) − F(x′)| counts as this much, in logits; 0: each counts as it is.
        map_tolerance: of the map: its estimated L1 error in units of Σ|map|.
    """

    tolerance: float = 0.05
    max_evaluations: int = 512
    smallest_difference: float = SMALL_DIFFERENCE
    map_tolerance: float = 0.05


class AdaptivePath:
    """The nodes evaluated so far, and which to evaluate next."""

    def __init__(self, accuracy: Accuracy) -> None:
        self._accuracy = accuracy
        self._nodes, self._values, self._slopes = np.empty(0), np.empty(0), np.empty(0)
        self._integral = MapIntegral()
        self._map_ratio = self._sum_ratio = np.inf
        self._harder: Harder = "map"
        self._rounds = 0

    def next_nodes(self) -> Floats:
        """Nodes to evaluate next; none when converged, not finite, out of budget or out of intervals to halve."""
        if not len(self._nodes):
            return graded_nodes(min(FIRST_NODES, self._accuracy.max_evaluations))
        if self._converged or not self._finite:
            return np.empty(0)
        left = self._accuracy.max_evaluations - len(self._nodes)
        wanted = max(HALVED_PER_ROUND, int(HALVED_SHARE * len(self._nodes)))
        return midpoints_of_worst(self._nodes, self._errors(wanted), count=min(wanted, left))

    def insert(self, alphas: Floats, values: Floats, maps: Sequence[Map]) -> None:
        """Add evaluated nodes, and check whether map and sum are within their tolerances now.

        Args:
            alphas: (n,) as ``next_nodes`` returned them.
            values: (n,) F at these nodes.
            maps: n attribution densities (S, S).
        """
        slopes = [float(density.sum(dtype=np.float64)) for density in maps]
        nodes = np.concatenate([self._nodes, alphas])
        sort = np.argsort(nodes, kind="stable")
        self._nodes = nodes[sort]
        self._values = np.concatenate([self._values, values])[sort]
        self._slopes = np.concatenate([self._slopes, slopes])[sort]
        self._integral.add(dict(zip(alphas.tolist(), maps, strict=True)))
        self._judge()

    def result(self) -> Attribution:
        """The integral over the nodes so far."""
        return Attribution(
            map=self._integral.map,
            value=float(self._values[-1]),
            baseline_value=float(self._values[0]),
            delta=self._delta,
            evaluations=len(self._nodes),
            flags=self._flags(),
            map_error=self._integral.relative_error(),
            harder=self._harder,
        )

    def _judge(self) -> None:
        """Compare both errors with their tolerances; what is out of tolerance last was the harder."""
        self._rounds += 1
        scale = max(abs(self._difference), self._accuracy.smallest_difference)
        self._sum_ratio = share(abs(self._delta), scale * self._accuracy.tolerance)
        self._map_ratio = self._integral.relative_error() / self._accuracy.map_tolerance
        if self._rounds == 1 or max(self._map_ratio, self._sum_ratio) > 1:
            self._harder = "sum" if self._sum_ratio > self._map_ratio else "map"

    def _flags(self) -> tuple[str, ...]:
        if not self._finite:
            return ("non_finite",)
        unconverged = () if self._converged else ("unconverged",)
        in_logits = abs(self._difference) < self._accuracy.smallest_difference
        return unconverged + (("absolute_tolerance",) if in_logits else ())

    @property
    def _converged(self) -> bool:
        """Both are within tolerance, and not at the first look."""
        return self._rounds > 1 and max(self._map_ratio, self._sum_ratio) <= 1

    def _errors(self, halved: int) -> Floats:
        """Of each interval, by its maps; those that are to be halved for the sum come before all others."""
        errors = self._integral.distances(self._nodes.tolist())
        if self._sum_ratio > 1:
            part = SUM_SHARE if self._map_ratio > 1 else SUM_SHARE_ALONE
            errors[np.argsort(-np.abs(self._residuals), kind="stable")[: int(part * halved)]] = np.inf
        return errors

    @property
    def _finite(self) -> bool:
        return bool(np.isfinite(self._values).all() and np.isfinite(self._slopes).all())

    @property
    def _difference(self) -> float:
        return float(self._values[-1] - self._values[0])

    @property
    def _residuals(self) -> Floats:
        return interval_residuals(self._nodes, self._values, self._slopes)

    @property
    def _delta(self) -> float:
        return -float(self._residuals.sum())
