"""Integrates one path of Integrated Gradients adaptively, until it has converged; in plain numpy.

The trapezoidal rule on a few nodes. F is known at every node, so the error of each interval is known exactly; the
worst intervals are halved until the attributions add up to F(x) − F(x′), and still do after one more full round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.attribution.integrated_gradients.quadrature import (
    graded_nodes,
    interval_residuals,
    midpoints_of_worst,
    trapezoid_weights,
)

Floats = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]

FIRST_NODES = 24
# A round halves this many intervals, or this share of them if that is more, so that hard paths need few rounds.
HALVED_PER_ROUND = 8
HALVED_SHARE = 0.15
# Below this |F(x) − F(x′)|, in logits, a relative tolerance needs more precision than float32 has.
SMALL_DIFFERENCE = 0.1


@dataclass(frozen=True)
class Accuracy:
    """When an integral is good enough.

    Attributes:
        tolerance: of |δ| in units of |F(x) − F(x′)|.
        max_evaluations: of F and its gradient, per path.
        smallest_difference: a smaller |F(x) − F(x′)| counts as this much, in logits; 0: each counts as it is.
    """

    tolerance: float = 0.05
    max_evaluations: int = 512
    smallest_difference: float = SMALL_DIFFERENCE


@dataclass(frozen=True, eq=False)
class Attribution:
    """The integral along one path, or the mean of several.

    Attributes:
        map: (S, S) signed, summed over channels, in logits; adds up to F(x) − F(x′) + δ.
        value: F(x).
        baseline_value: F(x′).
        delta: sum of the map minus (F(x) − F(x′)).
        evaluations: of F and its gradient.
        flags: ``unconverged``, ``absolute_tolerance``, ``non_finite``.
    """

    map: Map
    value: float
    baseline_value: float
    delta: float
    evaluations: int
    flags: tuple[str, ...] = ()

    @property
    def relative_delta(self) -> float:
        """|δ| / |F(x) − F(x′)|; infinite where the difference is zero and δ is not."""
        difference = abs(self.value - self.baseline_value)
        if difference == 0:
            return 0.0 if self.delta == 0 else float("inf")
        return abs(self.delta) / difference

    @property
    def judged_delta(self) -> float:
        """|δ| as compared with the tolerance: over |F(x) − F(x′)|, or over ``SMALL_DIFFERENCE`` if that is more."""
        return abs(self.delta) / max(abs(self.value - self.baseline_value), SMALL_DIFFERENCE)


class AdaptivePath:
    """The nodes evaluated so far, and which to evaluate next."""

    def __init__(self, accuracy: Accuracy) -> None:
        self._accuracy = accuracy
        self._nodes, self._values, self._slopes = np.empty(0), np.empty(0), np.empty(0)
        self._maps: list[Map] = []  # in the order of arrival, which _order sorts
        self._order = np.empty(0, np.intp)
        self._settled = 0  # full rounds in a row within tolerance

    def next_nodes(self) -> Floats:
        """Nodes to evaluate next; none when converged, not finite, out of budget or out of intervals to halve."""
        if not len(self._nodes):
            return graded_nodes(self._full_round)
        if self._settled >= 2 or not self._finite:
            return np.empty(0)
        left = self._accuracy.max_evaluations - len(self._nodes)
        return midpoints_of_worst(self._nodes, self._residuals, count=min(self._full_round, left))

    def insert(self, alphas: Floats, values: Floats, maps: Sequence[Map]) -> None:
        """Add evaluated nodes, and check whether the sum is within the tolerance now.

        Args:
            alphas: (n,) as ``next_nodes`` returned them.
            values: (n,) F at these nodes.
            maps: n attribution densities (S, S).
        """
        full = len(alphas) >= self._full_round
        slopes = [float(density.sum(dtype=np.float64)) for density in maps]
        arrived = np.arange(len(self._maps), len(self._maps) + len(maps))
        self._maps += maps
        nodes = np.concatenate([self._nodes, alphas])
        sort = np.argsort(nodes, kind="stable")
        self._nodes = nodes[sort]
        self._values = np.concatenate([self._values, values])[sort]
        self._slopes = np.concatenate([self._slopes, slopes])[sort]
        self._order = np.concatenate([self._order, arrived])[sort]
        self._settled = self._settled + full if self._within() else 0

    def result(self) -> Attribution:
        """The integral over the nodes so far."""
        total = np.zeros(self._maps[0].shape, np.float32)
        for weight, index in zip(trapezoid_weights(self._nodes), self._order, strict=True):
            total += np.float32(weight) * self._maps[index]
        return Attribution(
            map=total,
            value=float(self._values[-1]),
            baseline_value=float(self._values[0]),
            delta=self._delta,
            evaluations=len(self._nodes),
            flags=self._flags(),
        )

    def _flags(self) -> tuple[str, ...]:
        if not self._finite:
            return ("non_finite",)
        unconverged = ("unconverged",) if self._settled < 2 else ()
        in_logits = abs(self._difference) < self._accuracy.smallest_difference
        return unconverged + (("absolute_tolerance",) if in_logits else ())

    @property
    def _full_round(self) -> int:
        """How many nodes a full round has; a smaller round does not prove that the sum is stable."""
        if not len(self._nodes):
            return min(FIRST_NODES, self._accuracy.max_evaluations)
        return max(HALVED_PER_ROUND, int(HALVED_SHARE * len(self._nodes)))

    def _within(self) -> bool:
        scale = max(abs(self._difference), self._accuracy.smallest_difference)
        return self._finite and abs(self._delta) <= self._accuracy.tolerance * scale

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
