"""Nodes and weights on [0, 1] for integrands that change most near 0, as that of Integrated Gradients does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

GRADING = 1.5


def graded_nodes(count: int) -> Floats:
    """``count`` nodes from 0 to 1, dense near 0: uniform ones to the power ``GRADING``.

    Raises:
        ValueError: fewer than two nodes.
    """
    if count < 2:
        raise ValueError(f"{count} nodes: an interval needs at least 2")
    return np.linspace(0.0, 1.0, count) ** GRADING


def trapezoid_weights(nodes: Floats) -> Floats:
    """Weights of the trapezoidal rule on sorted nodes; they sum to the length of the interval.

    Args:
        nodes: (n,) ascending.
    """
    widths = np.diff(nodes)
    weights = np.zeros_like(nodes)
    weights[:-1] += widths / 2
    weights[1:] += widths / 2
    return weights


def interval_residuals(nodes: Floats, values: Floats, slopes: Floats) -> Floats:
    """The error of the trapezoidal rule on each interval, exact because F(b) − F(a) is known.

    Args:
        nodes: (n,) ascending.
        values: (n,) of F.
        slopes: (n,) of dF/dα.

    Returns:
        (n − 1,) signed residuals; their sum is F(1) − F(0) minus the integral.
    """
    return np.diff(values) - np.diff(nodes) * (slopes[1:] + slopes[:-1]) / 2


def midpoints_of_worst(nodes: Floats, errors: Floats, *, count: int) -> Floats:
    """Midpoints of the ``count`` intervals with the largest error of either sign, ascending.

    Skips intervals that are too narrow to be halved in float32; returns fewer only where no others are left.
    """
    middles = (nodes[:-1] + nodes[1:]) / 2
    rounded = np.stack([nodes[:-1], middles, nodes[1:]]).astype(np.float32)
    separate = np.min(np.diff(rounded, axis=0), axis=0) > 0
    worst = np.argsort(-np.abs(errors), kind="stable")
    return middles[np.sort(worst[separate[worst]][:count])]
