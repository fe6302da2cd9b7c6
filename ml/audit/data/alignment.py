"""Lays pictures over each other, by mirroring, scale and shift, and says how well they agree.

A cut-out from the middle of one is looked for in the other, so that it does not matter which of the two was cropped:
on a grid first, and from the best place of the grid on by Gauss-Newton steps (Evangelidis & Psarakis 2008, on enhanced
correlation). Two photographs of the same kind of flower often agree when blurred. So what counts in the end is the
correlation of detail, which is what is left of a picture once its blurred self is subtracted, part by part: petals may
agree and the ground behind them not. Drawn petals agree in their detail, but not in their colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ml.audit.data.alignment_grid import better_of, places_on_grid, shrunk

Floats = NDArray[np.float32]
Exact = NDArray[np.float64]

GRID_CORRELATION = 0.77
"""What the best place of the grid must reach to be looked at closely; docs/audit-data.md says why."""
CUT_OUT = 0.75
"""Share of the side that is compared."""
COARSE, FINE = (32, 6), (64, 3)
"""Sides of the pictures that the steps see, one after the other, and how many steps."""
COARSE_CORRELATION = 0.95
"""What the coarse steps must reach for the fine ones to be taken; docs/audit-data.md says why."""
STEP_BLUR = 1.0
"""Standard deviation in pixels of their blur."""
FARTHEST_STEP = np.array([0.1, 0.1, 0.05, 0.05])
"""Of the scales, and of the shifts in shares of the side."""
SCALE_RANGE = (0.7, 1.4)
DETAIL_BLUR = 3.0
"""Standard deviation in pixels of the blur that is subtracted."""
PARTS = 4
"""The cut-out has as many parts along each side, whose detail is compared one by one."""
LEAST_DETAIL = 1.5
"""Standard deviation of the detail, in grey levels, below which there is none to compare."""
COLOUR_SIDE = 16
"""Side of the pictures whose colours are compared."""
TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well P pairs agree at the best of all places.

    Attributes:
        detail: (P,) mean correlation of the parts that have detail; 0 where a coarse look ruled the pair out.
        colours: (P,) correlation of all three channels at once, small.
        mirrored: (P,) bool: whether one had to be mirrored.
    """

    detail: Exact
    colours: Exact
    mirrored: NDArray[np.bool_]


def agreement(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Agreement:
    """Lay pairs of pictures (P, S, S, 3) over each other, mirrored left to right or not; S is a multiple of 32."""
    grey, other_grey = grey_pictures(first), grey_pictures(second)
    plain, turned = places_on_grid(grey, other_grey), places_on_grid(grey, other_grey[:, :, ::-1])
    mirrored = turned.correlations > plain.correlations
    places = better_of(plain, turned)
    found = np.zeros((2, len(first)))
    close = np.flatnonzero(places.correlations >= GRID_CORRELATION)
    if len(close):
        start = np.column_stack([places.scales, places.scales, places.shifts])[close]
        others = np.where(mirrored[close, None, None, None], second[close, :, ::-1], second[close])
        one, other = grey[close], grey_pictures(others)
        coarse = _laid_over(one, other, start, COARSE)
        alike = _correlations(one, other, coarse) >= COARSE_CORRELATION
        one, other, others, rows = one[alike], other[alike], others[alike], close[alike]
        warps = _laid_over(one, other, coarse[alike], FINE)
        found[:, rows] = _same_detail(one, other, warps), _same_colours(first[rows], others, warps)
    return Agreement(found[0], found[1], mirrored)


def grey_pictures(thumbnails: NDArray[np.uint8]) -> Floats:
    """Grey levels (N, S, S) of thumbnails (N, S, S, 3)."""
    return thumbnails.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def detail(grey: Floats) -> Floats:
    """What is left of grey pictures (N, S, S) once their blurred selves are subtracted."""
    return grey - _blurred(grey, DETAIL_BLUR)


def _laid_over(first: Floats, second: Floats, warps: Exact, level: tuple[int, int]) -> Exact:
    """The warps (P, 4) at which grey pictures agree best, by Gauss-Newton steps from ``warps`` on.

    A warp is two scales and two shifts in shares of the side, each down and to the right.
    """
    side, steps = level
    points = _cut_out_points(side)
    smooth, target = (_blurred(shrunk(each, side), STEP_BLUR) for each in (first, second))
    wanted = _normed(_sampled(target, points, _unmoved(len(first))))
    slopes = np.gradient(smooth, 1 / side, axis=(1, 2))
    for _ in range(steps):
        warps = warps + _step((smooth, slopes[0], slopes[1]), wanted, points, warps)
    return warps


def _correlations(first: Floats, second: Floats, warps: Exact) -> Exact:
    """How well grey pictures agree (P,) where the coarse steps have laid them over each other."""
    points = _cut_out_points(COARSE[0])
    found, wanted = (_blurred(shrunk(each, COARSE[0]), STEP_BLUR) for each in (first, second))
    moved, target = _sampled(found, points, warps), _sampled(wanted, points, _unmoved(len(first)))
    return np.asarray((_normed(moved) * _normed(target)).sum(axis=1))


def _same_detail(first: Floats, second: Floats, warps: Exact) -> Exact:
    """Mean correlation (P,) of the parts that have detail in either picture; 0 where the warp is no crop's."""
    points = _cut_out_points(first.shape[1])
    parts = _in_parts(_sampled(detail(first), points, warps))
    others = _in_parts(_sampled(detail(second), points, _unmoved(len(first))))
    compared = np.maximum(parts.std(axis=2), others.std(axis=2)) >= LEAST_DETAIL
    correlations = (_normed(parts) * _normed(others)).sum(axis=2)
    means = (correlations * compared).sum(axis=1) / np.maximum(compared.sum(axis=1), 1)
    possible = ((warps[:, :2] > SCALE_RANGE[0]) & (warps[:, :2] < SCALE_RANGE[1])).all(axis=1)
    return np.where(possible, means, 0.0)


def _same_colours(first: NDArray[np.uint8], second: NDArray[np.uint8], warps: Exact) -> Exact:
    """Correlation (P,) of small pictures in colour, blurred so that what lies between two pixels does not count."""
    points, unmoved = _cut_out_points(COLOUR_SIDE), _unmoved(len(first))
    channels, others = (
        [_blurred(shrunk(pictures[..., channel].astype(np.float32), COLOUR_SIDE), STEP_BLUR) for channel in range(3)]
        for pictures in (first, second)
    )
    values = np.concatenate([_sampled(each, points, warps) for each in channels], axis=1)
    wanted = np.concatenate([_sampled(each, points, unmoved) for each in others], axis=1)
    return (_normed(values) * _normed(wanted)).sum(axis=1)


def _unmoved(count: int) -> Exact:
    return np.tile([1.0, 1.0, 0.0, 0.0], (count, 1))


def _in_parts(values: Exact) -> Exact:
    """Values (P, Q) at the points of a cut-out, (P, parts, points)."""
    side = round(values.shape[1] ** 0.5) // PARTS
    rows = values.reshape(len(values), PARTS, side, PARTS, side).transpose(0, 1, 3, 2, 4)
    return rows.reshape(len(values), PARTS * PARTS, side * side)


def _step(pictures: tuple[Floats, Floats, Floats], wanted: Exact, points: Exact, warps: Exact) -> Exact:
    """One Gauss-Newton step (P, 4) towards the highest correlation.

    Args:
        pictures: what is warped, and its slopes down and to the right.
        wanted: (P, Q), what the sampled points should be, of mean 0 and length 1.
        points: (Q, 2).
        warps: (P, 4).
    """
    values, down, right = _all_sampled(pictures, points, warps)
    centred = values - values.mean(axis=1, keepdims=True)
    lengths = np.maximum(np.linalg.norm(centred, axis=1), TINY)[:, None]
    found = centred / lengths
    slopes = np.stack([down * points[:, 0], right * points[:, 1], down, right], axis=2)
    slopes = (slopes - slopes.mean(axis=1, keepdims=True)) / lengths[..., None]
    slopes -= found[..., None] * np.einsum("pq,pqk->pk", found, slopes)[:, None]  # a change of contrast is no shift
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
    return _all_sampled([pictures], points, warps)[0]


def _all_sampled(planes: Sequence[Floats], points: Exact, warps: Exact) -> list[Exact]:
    """Several planes (P, S, S) at the same warped points, (P, Q) each: linear between pixels, as at the edge beyond."""
    count, side = planes[0].shape[:2]
    at = np.clip((warps[:, None, :2] * points + warps[:, None, 2:]) * side + (side - 1) / 2, 0, side - 1)
    low = np.minimum(at.astype(np.intp), side - 2)
    down, right = np.moveaxis(at - low, 2, 0)
    corner = (np.arange(count)[:, None] * side + low[..., 0]) * side + low[..., 1]
    weights = ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right)
    steps = (0, 1, side, side + 1)
    return [
        np.sum([weight * np.take(plane, corner + step) for weight, step in zip(weights, steps, strict=True)], axis=0)
        for plane in planes
    ]


def _blurred(pictures: Floats, deviation: float) -> Floats:
    return gaussian_filter(pictures, (0, deviation, deviation), mode="nearest")


def _normed(values: Exact) -> Exact:
    """Values of mean 0 and length 1 along the last axis; zeros where all are equal."""
    centred = values - values.mean(axis=-1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), TINY)
