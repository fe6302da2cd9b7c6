"""Lays pictures over each other, by mirroring, scale and shift, and says how well their detail agrees.

A cut-out from the middle of one is looked for in the other, so that it does not matter which of the two was cropped:
on a grid first, and from the best place of the grid on by Gauss-Newton steps (Evangelidis & Psarakis 2008, on enhanced
correlation). What counts in the end is the correlation of detail, which is what is left of a picture once its blurred
self is subtracted: two photographs of the same kind of flower often agree when blurred, seldom in their detail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from ml.audit.data.alignment_grid import places_on_grid, shrunk

Floats = NDArray[np.float32]
Exact = NDArray[np.float64]

GRID_CORRELATION = 0.75
"""What the best place of the grid must reach to be looked at closely."""
CUT_OUT = 0.75
"""Share of the side that is compared."""
LEVELS = ((32, 6), (64, 3))
"""Sides of the pictures that the steps see, one after the other, and how many steps."""
STEP_BLUR = 1.0
"""Standard deviation in pixels of their blur."""
FARTHEST_STEP = np.array([0.1, 0.1, 0.05, 0.05])
"""Of the scales, and of the shifts in shares of the side."""
SCALE_RANGE = (0.7, 1.4)
DETAIL_BLUR = 3.0
"""Standard deviation in pixels of the blur that is subtracted."""
TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Agreement:
    """Of P pairs: ``correlation`` (P,) of the detail, 0 where the grid ruled it out, and ``mirrored`` (P,) bool."""

    correlation: Exact
    mirrored: NDArray[np.bool_]


def grey_pictures(thumbnails: NDArray[np.uint8]) -> Floats:
    """Grey levels (N, S, S) of thumbnails (N, S, S, 3)."""
    return thumbnails.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def detail(grey: Floats) -> Floats:
    """What is left of grey pictures (N, S, S) once their blurred selves are subtracted."""
    return grey - _blurred(grey, DETAIL_BLUR)


def agreement(first: Floats, second: Floats) -> Agreement:
    """How well pairs of grey pictures (P, S, S) agree, at the best of all places, mirrored left to right or not."""
    correlations = np.zeros((2, len(first)))
    for mirrored, other in enumerate((second, second[:, :, ::-1])):
        places = places_on_grid(first, other)
        close = places.correlations >= GRID_CORRELATION
        if close.any():
            warps = np.column_stack([places.scales, places.scales, places.shifts])
            correlations[mirrored, close] = _closely(first[close], other[close], warps[close])
    return Agreement(correlations.max(axis=0), correlations[1] > correlations[0])


def _closely(first: Floats, second: Floats, warps: Exact) -> Exact:
    """Correlation (P,) of the detail after Gauss-Newton steps from ``warps`` on.

    ``warps`` are (P, 4): the scales, and the shifts in shares of the side, each down and to the right.
    """
    unmoved = np.tile([1.0, 1.0, 0.0, 0.0], (len(first), 1))
    for side, steps in LEVELS:
        points = _cut_out_points(side)
        smooth, target = (_blurred(shrunk(each, side), STEP_BLUR) for each in (first, second))
        wanted = _normed(_sampled(target, points, unmoved))
        slopes = np.gradient(smooth, 1 / side, axis=(1, 2))
        for _ in range(steps):
            warps = warps + _step((smooth, slopes[0], slopes[1]), wanted, points, warps)
    points = _cut_out_points(first.shape[1])
    agreed = _normed(_sampled(detail(first), points, warps)) * _normed(_sampled(detail(second), points, unmoved))
    possible = ((warps[:, :2] > SCALE_RANGE[0]) & (warps[:, :2] < SCALE_RANGE[1])).all(axis=1)
    return np.where(possible, agreed.sum(axis=1), 0.0)


def _step(pictures: tuple[Floats, Floats, Floats], wanted: Exact, points: Exact, warps: Exact) -> Exact:
    """One Gauss-Newton step (P, 4) towards the highest correlation.

    Args:
        pictures: what is warped, and its slopes down and to the right.
        wanted: (P, Q), what the sampled points should be, of mean 0 and length 1.
        points: (Q, 2).
        warps: (P, 4).
    """
    values, down, right = (_sampled(each, points, warps) for each in pictures)
    centred = values - values.mean(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(centred, axis=1), TINY)[:, None]
    found = centred / lengths
    slopes = np.stack([down * points[:, 0], right * points[:, 1], down, right], axis=2)
    slopes = (slopes - slopes.mean(axis=1, keepdims=True)) / lengths[..., None]
    slopes -= found[..., None] * np.einsum("pq,pqk->pk", found, slopes)[:, None]  # a change of contrast is no mistake
    curvature = np.einsum("pqk,pql->pkl", slopes, slopes)
    curvature += np.eye(4) * (1e-3 * np.trace(curvature, axis1=1, axis2=2)[:, None, None] / 4 + TINY)
    downhill = np.einsum("pqk,pq->pk", slopes, wanted - found)
    return np.clip(np.linalg.solve(curvature, downhill[..., None])[..., 0], -FARTHEST_STEP, FARTHEST_STEP)


def _cut_out_points(side: int) -> Exact:
    """The pixels of the cut-out (Q, 2), from the middle of the picture, in shares of its side."""
    margin = round(side * (1 - CUT_OUT) / 2)
    places = (np.arange(margin, side - margin) - (side - 1) / 2) / side
    return np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 2)


def _sampled(pictures: Floats, points: Exact, warps: Exact) -> Exact:
    """Pictures (P, S, S) at the warped points, (P, Q)."""
    side = pictures.shape[1]
    at = (warps[:, None, :2] * points + warps[:, None, 2:]) * side + (side - 1) / 2
    of = np.broadcast_to(np.arange(len(pictures))[:, None], at.shape[:2])
    return map_coordinates(pictures, (of, at[..., 0], at[..., 1]), np.float64, order=1, mode="nearest")


def _blurred(pictures: Floats, deviation: float) -> Floats:
    return gaussian_filter(pictures, (0, deviation, deviation), mode="nearest")


def _normed(values: Exact) -> Exact:
    """Values (P, Q) of mean 0 and length 1; zeros where all are equal."""
    centred = values - values.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), TINY)
