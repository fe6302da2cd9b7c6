"""What was tried before the rule was chosen: ``python -m bench.explain.refinement_study`` prints tables.

A rule's error falls like 1/n, so error times evaluations is one number for each rule and path; smaller is better. It
is the mean over n from 40 to 96, and the geometric mean over the study images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from bench.explain.dense_path import LAST, STUDIED, DensePath, Nodes, dense_paths
from bench.explain.path_profile import Floats, nearest
from bench.explain.real_model import places_from_environment
from bench.explain.rules import RULES, Rule
from bench.explain.subject import Subject
from ml.attribution.integrated_gradients.map_integral import CALIBRATION
from ml.attribution.integrated_gradients.quadrature import interval_residuals, trapezoid_weights

SIZES = (40, 48, 56, 64, 80, 96)
SHOWN_SIZES = (32, 48, 64, 96, 128)
ROUND = 8

Errors = Callable[[DensePath], list[float]]
OnPath = Callable[[DensePath, int], tuple[Nodes, Floats]]
Priority = Callable[[DensePath, Nodes], Floats]


def main() -> None:
    """Measure and print."""
    paths = dense_paths(Subject(places_from_environment()))
    black = [row for row, (_, baseline) in enumerate(STUDIED) if baseline == "black"]
    print(f"error x evaluations, {len(paths)} paths ({len(black)} from black)")
    for name, errors in CANDIDATES.items():
        products = np.array([np.mean(np.multiply(errors(path), SIZES)) for path in paths])
        print(f"{name:45s} {_geometric(products):.2f} ({_geometric(products[black]):.2f})")
    for name, on_path in SHOWN.items():
        cells = [[_error_and_delta(path, *on_path(path, size)) for path in paths] for size in SHOWN_SIZES]
        found = [np.median(each, axis=0) for each in cells]
        print(f"{name:45s} " + "  ".join(f"{100 * error:.1f} ({100 * delta:.1f})" for error, delta in found))
    for size in (24, 32, 48, 64, 96):
        shares = [_over_estimate(path, _refined(path, size, first=16, exponent=1.5)) for path in paths]
        print(f"true error over estimate after {size}: {min(shares):.2f} to {max(shares):.2f}")


def fixed(rule: Rule) -> Errors:
    """A rule whose nodes do not depend on the path."""

    def errors(path: DensePath) -> list[float]:
        pairs = [rule(size) for size in SIZES]
        return [path.error(nearest(path.alphas, nodes), weights) for nodes, weights in pairs]

    return errors


def by_maps(power: float = 1.0) -> Priority:
    """(b − a)^power · ‖g_a − g_b‖₁."""
    return lambda path, nodes: np.diff(path.alphas[nodes]) ** power * _distances(path, nodes)


def by_sum(path: DensePath, nodes: Nodes) -> Floats:
    """How much the sum misses on each interval."""
    return np.abs(interval_residuals(path.alphas[nodes], path.values[nodes], path.slopes[nodes]))


def by_both(path: DensePath, nodes: Nodes) -> Floats:
    """The larger of both, each over its root of squares."""
    both = [by_maps()(path, nodes), by_sum(path, nodes)]
    return np.asarray(np.max([each / np.sqrt((each**2).sum()) for each in both], axis=0))


def refined(priority: Priority, *, first: int, exponent: float) -> Errors:
    """Halve, in rounds, the intervals with the largest indicator."""
    return lambda path: [
        path.error(_refined(path, size, first=first, exponent=exponent, priority=priority)) for size in SIZES
    ]


def best_density(path: DensePath) -> list[float]:
    """Nodes by the cube root of how fast the map changes, read off all nodes: a bound that no rule can reach."""
    widths, distances = np.diff(path.alphas), _distances(path, np.arange(LAST + 1))
    rates = np.convolve(np.pad(distances**2 / widths, 4, mode="edge"), np.full(9, 1 / 9), "valid")
    spread = np.concatenate([[0.0], np.cumsum(np.cbrt(rates) * widths)])
    shares = [np.interp(np.linspace(0, spread[-1], size), spread, path.alphas) for size in SIZES]
    chosen = [np.unique(nearest(path.alphas, each)) for each in shares]
    return [path.error(nodes) * len(nodes) / size for nodes, size in zip(chosen, SIZES, strict=True)]


def neighbours(weight: float) -> Errors:
    """The trapezoid with a term of the two intervals beside, as rules for smooth functions have it."""

    def errors(path: DensePath) -> list[float]:
        return [
            path.error(nodes, _with_neighbours(path.alphas[nodes], weight))
            for nodes in (_refined(path, size, first=16, exponent=1.5) for size in SIZES)
        ]

    return errors


def _with_neighbours(alphas: Floats, weight: float) -> Floats:
    weights, widths = trapezoid_weights(alphas), np.diff(alphas)[1:-1] * weight
    weights[1:-2] += widths
    weights[2:-1] += widths
    weights[:-3] -= widths
    weights[3:] -= widths
    return weights


def _refined(path: DensePath, size: int, *, first: int, exponent: float, priority: Priority | None = None) -> Nodes:
    nodes = np.unique(nearest(path.alphas, np.linspace(0, 1, first) ** exponent))
    while len(nodes) < size:
        asked = np.where(np.diff(nodes) > 1, (priority or by_maps())(path, nodes), -1)
        worst = np.argsort(-asked, kind="stable")[: min(ROUND, size - len(nodes))]
        nodes = np.unique(np.concatenate([nodes, (nodes[worst] + nodes[worst + 1] + 1) // 2]))
    return nodes


def _distances(path: DensePath, nodes: Nodes) -> Floats:
    return np.abs(np.diff(path.maps[nodes], axis=0)).sum(axis=1, dtype=np.float64)


def _over_estimate(path: DensePath, nodes: Nodes) -> float:
    steps = np.diff(path.alphas[nodes])[:, None] * np.diff(path.maps[nodes], axis=0)
    size = np.abs(trapezoid_weights(path.alphas[nodes]) @ path.maps[nodes]).sum()
    return path.error(nodes) / (CALIBRATION * np.sqrt((steps**2).sum(axis=0) / 12).sum() / size)


def _error_and_delta(path: DensePath, nodes: Nodes, weights: Floats) -> tuple[float, float]:
    """Relative error of the map, and |δ| over |F(x) − F(x′)|."""
    whole = path.values[-1] - path.values[0]
    return path.error(nodes, weights), float(abs(weights @ path.slopes[nodes] - whole) / abs(whole))


def _of_rule(rule: Rule) -> OnPath:
    def on_path(path: DensePath, size: int) -> tuple[Nodes, Floats]:
        nodes, weights = rule(size)
        return nearest(path.alphas, nodes), weights

    return on_path


def _of_ours(path: DensePath, size: int) -> tuple[Nodes, Floats]:
    nodes = _refined(path, size, first=16, exponent=1.5)
    return nodes, trapezoid_weights(path.alphas[nodes])


def _geometric(values: Floats) -> float:
    return float(np.exp(np.log(values).mean()))


SHOWN: Mapping[str, OnPath] = {**{name: _of_rule(rule) for name, rule in RULES.items()}, "refined by the map": _of_ours}
CANDIDATES: Mapping[str, Errors] = {
    **{name: fixed(rule) for name, rule in RULES.items()},
    **{
        f"halved by maps, {first} nodes t^{exponent:g}": refined(by_maps(), first=first, exponent=exponent)
        for first, exponent in ((12, 1.5), (16, 1.0), (16, 1.5), (16, 2.0), (24, 1.5), (24, 2.0))
    },
    "halved by maps, width to the power 0.7": refined(by_maps(0.7), first=16, exponent=1.5),
    "halved by maps, width to the power 1.5": refined(by_maps(1.5), first=16, exponent=1.5),
    "halved by the sum, 24 nodes t^2": refined(by_sum, first=24, exponent=2.0),
    "halved by the larger of both": refined(by_both, first=16, exponent=1.5),
    "by maps, neighbours' weight 1/24": neighbours(1 / 24),
    "by maps, neighbours' weight -1/24": neighbours(-1 / 24),
    "best density (needs the whole path)": best_density,
}

if __name__ == "__main__":
    main()
