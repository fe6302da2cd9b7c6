"""Quadrature rules, simulated on the reference profiles: δ without another evaluation of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from bench.explain.path_profile import Floats, Profile
from bench.explain.reference import difference, nearest
from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath
from ml.attribution.integrated_gradients.quadrature import trapezoid_weights

Rule = Callable[[int], tuple[Floats, Floats]]


def midpoints(size: int) -> tuple[Floats, Floats]:
    """Nodes and weights of uniform midpoints."""
    return (np.arange(size) + 0.5) / size, np.full(size, 1 / size)


def trapezoid(size: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the uniform trapezoid."""
    nodes = np.linspace(0, 1, size)
    return nodes, trapezoid_weights(nodes)


@cache
def gauss_legendre(size: int) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss–Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return (nodes + 1) / 2, weights / 2


def cubic(size: int) -> tuple[Floats, Floats]:
    """Midpoints after the substitution α = t³, which puts most nodes near the baseline."""
    places, _ = midpoints(size)
    return places**3, 3 * places**2 / size


RULES: Mapping[str, Rule] = {
    "uniform midpoints": midpoints,
    "uniform trapezoid": trapezoid,
    "Gauss–Legendre": gauss_legendre,
    "midpoints in t, α = t³": cubic,
}


def relative_delta(rule: Rule, reference: Profile, size: int) -> float:
    """δ / (F(x) − F(x′)) of a rule, signed."""
    nodes, weights = rule(size)
    whole = difference(reference)
    return (float(weights @ reference.slopes[nearest(reference, nodes)]) - whole) / whole


def adaptive_deltas(reference: Profile, most: int) -> tuple[Floats, Floats]:
    """Evaluations and relative δ after each round of a path that never settles."""
    path, spent, deltas = AdaptivePath(Accuracy(tolerance=0.0, max_evaluations=most)), [], []
    while len(wanted := path.next_nodes()):
        nodes = nearest(reference, wanted)
        maps = [np.full((1, 1), slope, np.float32) for slope in reference.slopes[nodes]]
        path.insert(wanted, reference.values[nodes], maps)
        found = path.result()
        spent.append(found.evaluations)
        deltas.append(found.delta / difference(reference))
    return np.asarray(spent, np.float64), np.asarray(deltas)
