"""Fixed quadrature rules, read off the reference profiles: no further evaluation of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from bench.explain.path_profile import Floats, Profile, difference, nearest
from ml.attribution.integrated_gradients.quadrature import trapezoid_weights

Rule = Callable[[int], tuple[Floats, Floats]]

SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


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


def graded(exponent: float) -> Rule:
    """Midpoints after the substitution α = t^exponent, which puts more nodes near the baseline."""

    def rule(size: int) -> tuple[Floats, Floats]:
        places, _ = midpoints(size)
        return places**exponent, exponent * places ** (exponent - 1) / size

    return rule


UNIFORM, GAUSS_LEGENDRE = "uniform midpoints", "Gauss–Legendre"
EXPONENTS = (1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
RULES: Mapping[str, Rule] = {
    UNIFORM: midpoints,
    "uniform trapezoid": trapezoid,
    GAUSS_LEGENDRE: gauss_legendre,
    **{f"midpoints in t, α = t^{exponent:g}": graded(exponent) for exponent in EXPONENTS},
}


def relative_delta(rule: Rule, reference: Profile, size: int) -> float:
    """δ / (F(x) − F(x′)) of a rule, signed."""
    nodes, weights = rule(size)
    whole = difference(reference)
    return (float(weights @ reference.slopes[nearest(reference.alphas, nodes)]) - whole) / whole
