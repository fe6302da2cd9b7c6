"""Integrated Gradients to a stated tolerance (Sundararajan et al. 2017, "Axiomatic Attribution", sections 3, 5).

The path integral is a trapezoid on few nodes. F is known at every node, hence also what each interval misses;
the worst intervals are halved until the attributions add up to F(x) − F(x′), and stay so for one more round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ml.quadrature import interval_residuals, midpoints_of_worst, quadratic_nodes, trapezoid_weights

Maps = npt.NDArray[np.float32]

FIRST_NODES = 24
HALVED_PER_ROUND = 8
# Below this |F(x) − F(x′)|, in logits, a relative tolerance asks for precision that float32 has not.
SMALL_DIFFERENCE = 0.1


class PathIntegrand(Protocol):
    """What is integrated, at points on several images' paths."""

    def __call__(
        self, rows: npt.NDArray[np.int32], alphas: npt.NDArray[np.float32], /
    ) -> tuple[npt.NDArray[np.float32], Maps]:
        """F and the attribution density at x′ + α(x − x′).

        Args:
            rows: (m,) which path.
            alphas: (m,) where on it, between 0 and 1.

        Returns:
            F (m,), and (x − x′)·∇F summed over channels (m, S, S).
        """
        ...


@dataclass(frozen=True)
class Accuracy:
    """When an integral is good enough.

    Attributes:
        tolerance: of |δ| in units of |F(x) − F(x′)|.
        max_evaluations: of F and its gradient, per image.
    """

    tolerance: float = 0.05
    max_evaluations: int = 512


@dataclass(frozen=True, eq=False)
class Attribution:
    """The integral for one image.

    Attributes:
        map: (S, S) signed, summed over channels, in logits; adds up to F(x) − F(x′) + δ.
        value: F(x).
        baseline_value: F(x′).
        delta: sum of the map minus (F(x) − F(x′)).
        evaluations: of F and its gradient.
        flags: ``unconverged``, ``absolute_tolerance``, ``non_finite``.
    """

    map: Maps
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


@dataclass(eq=False)
class _Path:
    """One image's nodes so far; ``settled`` counts the rounds in a row within tolerance."""

    row: int
    accuracy: Accuracy
    nodes: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    values: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    slopes: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    maps: list[Maps] = field(default_factory=list)
    settled: int = 0

    def insert(self, alphas: npt.NDArray[np.float64], values: npt.NDArray[np.float32], maps: Maps) -> None:
        """Take in newly evaluated nodes and see whether the sum is right now."""
        nodes = np.concatenate([self.nodes, alphas])
        order = np.argsort(nodes, kind="stable")
        self.nodes = nodes[order]
        self.values = np.concatenate([self.values, values.astype(np.float64)])[order]
        slopes = maps.sum(axis=(1, 2), dtype=np.float64)
        self.slopes = np.concatenate([self.slopes, slopes])[order]
        both = [*self.maps, *maps]
        self.maps = [both[index] for index in order]
        self.settled = self.settled + 1 if self._within() else 0

    @property
    def difference(self) -> float:
        return float(self.values[-1] - self.values[0])

    @property
    def delta(self) -> float:
        return -float(interval_residuals(self.nodes, self.values, self.slopes).sum())

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.values).all() and np.isfinite(self.slopes).all())

    def _within(self) -> bool:
        scale = max(abs(self.difference), SMALL_DIFFERENCE)
        return self.finite and abs(self.delta) <= self.accuracy.tolerance * scale

    def following(self) -> npt.NDArray[np.float64]:
        """Nodes to evaluate next; none when settled, hopeless or out of budget."""
        if self.settled >= 2 or not self.finite:
            return np.empty(0)
        left = self.accuracy.max_evaluations - len(self.nodes)
        residuals = interval_residuals(self.nodes, self.values, self.slopes)
        return midpoints_of_worst(self.nodes, residuals, count=min(HALVED_PER_ROUND, left))

    def result(self) -> Attribution:
        weights = trapezoid_weights(self.nodes)
        total = np.zeros_like(self.maps[0])
        for weight, density in zip(weights, self.maps, strict=True):
            total += np.float32(weight) * density
        flags = []
        if not self.finite:
            flags.append("non_finite")
        elif self.settled < 2:
            flags.append("unconverged")
        if self.finite and abs(self.difference) < SMALL_DIFFERENCE:
            flags.append("absolute_tolerance")
        return Attribution(
            map=total,
            value=float(self.values[-1]),
            baseline_value=float(self.values[0]),
            delta=self.delta,
            evaluations=len(self.nodes),
            flags=tuple(flags),
        )


def integrate(
    integrand: PathIntegrand,
    rows: Sequence[int],
    *,
    accuracy: Accuracy,
    batch_size: int,
    check: Callable[[], None] = lambda: None,
) -> list[Attribution]:
    """Integrate along several paths at once, packing the nodes of all of them into full batches.

    Args:
        rows: the paths, as the integrand numbers them.
        batch_size: the integrand is called with at most so many points; it may pad.
        check: called before each evaluation; may raise to stop.
    """
    paths = [_Path(row, accuracy) for row in rows]
    first = quadratic_nodes(min(FIRST_NODES, accuracy.max_evaluations))
    wanted = [(path, first) for path in paths]
    while wanted:
        _evaluate(integrand, wanted, batch_size, check)
        following = ((path, path.following()) for path, _ in wanted)
        wanted = [(path, alphas) for path, alphas in following if len(alphas)]
    return [path.result() for path in paths]


def _evaluate(
    integrand: PathIntegrand,
    wanted: Iterable[tuple[_Path, npt.NDArray[np.float64]]],
    batch_size: int,
    check: Callable[[], None],
) -> None:
    pairs = list(wanted)
    rows = np.concatenate([np.full(len(alphas), path.row, np.int32) for path, alphas in pairs])
    alphas = np.concatenate([alphas for _, alphas in pairs]).astype(np.float32)
    values, maps = [], []
    for start in range(0, len(rows), batch_size):
        check()
        part = slice(start, start + batch_size)
        batch_values, batch_maps = integrand(rows[part], alphas[part])
        values.append(batch_values)
        maps.append(batch_maps)
    all_values, all_maps = np.concatenate(values), np.concatenate(maps)
    ends = np.cumsum([len(alphas) for _, alphas in pairs])[:-1]
    parts = zip(pairs, np.split(all_values, ends), np.split(all_maps, ends), strict=True)
    for (path, path_alphas), path_values, path_maps in parts:
        path.insert(path_alphas, path_values, path_maps)
