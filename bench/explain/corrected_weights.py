"""Shows that quadrature weights which are chosen to make δ small make the maps worse.

F is known at both ends of every interval. Weights could be chosen so that each interval's sum meets F(b) − F(a),
wherever the mean slope lies between those of its nodes. δ shrinks, and the map moves away from the truth.
"""

from __future__ import annotations

import numpy as np

from bench.explain.path_profile import BATCH, Floats, densities_of
from bench.explain.reference import map_error
from bench.explain.subject import Subject
from ml.attribution.integrated_gradients.quadrature import graded_nodes, trapezoid_weights

IMAGES, NODES = 8, 24


def measure(subject: Subject) -> dict[str, float]:
    """Median error of the map, Σ|error| / Σ|map|, and median relative δ, of both kinds of weights."""
    densities, nodes, rows = densities_of(subject.model), graded_nodes(NODES), []
    for ends, reference in zip(subject.paths[:IMAGES], subject.references[:IMAGES], strict=True):
        found = densities(ends, np.resize(nodes, BATCH).astype(np.float32))
        values, maps = (np.asarray(part)[:NODES].astype(np.float64) for part in found)
        slopes = maps.sum(axis=(1, 2))
        for weights in (trapezoid_weights(nodes), corrected_weights(nodes, values, slopes)):
            total = np.tensordot(weights, maps, axes=1)
            whole = values[-1] - values[0]
            rows.append((map_error(total, reference.map), total.sum() / whole - 1))
    errors, deltas = np.asarray(rows).reshape(-1, 2, 2).transpose(2, 1, 0)
    return {
        "map_error_trapezoid": float(np.median(errors[0])),
        "map_error_corrected": float(np.median(errors[1])),
        "delta_trapezoid": float(np.median(np.abs(deltas[0]))),
        "delta_corrected": float(np.median(np.abs(deltas[1]))),
    }


def corrected_weights(nodes: Floats, values: Floats, slopes: Floats) -> Floats:
    """Weights (n,) that meet each interval's F(b) − F(a) where a mixture of its two slopes, or one of them, can."""
    widths = np.diff(nodes)
    mean, left, right = np.diff(values) / widths, slopes[:-1], slopes[1:]
    spread = np.where(left == right, 1.0, left - right)
    share = np.where(left == right, 0.5, np.clip((mean - right) / spread, 0, 1))
    weights = np.zeros_like(nodes)
    weights[:-1] += widths * share
    weights[1:] += widths * (1 - share)
    return weights
