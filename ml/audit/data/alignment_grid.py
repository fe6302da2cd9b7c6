"""Searches a grid of scales and shifts for the place at which one picture lies in another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIDE = 16
"""Side in pixels of the pictures that are searched."""
MARGIN = 2
"""Pixels on each side that the cut-out from the middle leaves away."""
CUT_OUT_SIDES = (10, 11, 12, 13, 14, 15)
"""Sides to which the cut-out of 12 pixels is scaled: that of a picture cropped by a tenth on each side lies at 15 in
the other, and that of the other in it at 10."""
TINY = 1e-6


@dataclass(frozen=True, eq=False)
class Places:
    """The best place of each of P pairs.

    Attributes:
        scales: (P,) float64, of the cut-out in the other picture.
        shifts: (P, 2) float64, down and right, of its middle, in shares of the side.
        correlations: (P,) float32, there.
    """

    scales: NDArray[np.float64]
    shifts: NDArray[np.float64]
    correlations: Floats


def places_on_grid(first: Floats, second: Floats) -> Places:
    """The place in each picture of ``first`` (P, S, S) where the middle of that of ``second`` fits best.

    S is a multiple of ``SIDE``.
    """
    first, second = shrunk(first, SIDE), shrunk(second, SIDE)
    count = len(first)
    found = Places(np.ones(count), np.zeros((count, 2)), np.full(count, -1.0, np.float32))
    for side in CUT_OUT_SIDES:
        windows = np.lib.stride_tricks.sliding_window_view(first, (side, side), axis=(1, 2))
        correlations = _correlations(first, windows, _cut_out(second, side)).reshape(count, -1)
        at = correlations.argmax(axis=1)
        best = correlations[np.arange(count), at]
        better = best > found.correlations
        corner = np.stack(np.unravel_index(at, windows.shape[1:3]), axis=1)
        found.scales[better] = side / (SIDE - 2 * MARGIN)
        found.shifts[better] = ((corner - (SIDE - side) / 2) / SIDE)[better]
        found.correlations[better] = best[better]
    return found


def better_of(first: Places, second: Places) -> Places:
    """Of each pair the place at which it fits better."""
    better = second.correlations > first.correlations
    return Places(
        np.where(better, second.scales, first.scales),
        np.where(better[:, None], second.shifts, first.shifts),
        np.maximum(first.correlations, second.correlations),
    )


def shrunk(pictures: Floats, side: int) -> Floats:
    """Pictures (P, S, S) averaged to (P, side, side); S is a multiple of ``side``."""
    times = pictures.shape[1] // side
    return pictures.reshape(len(pictures), side, times, side, times).mean(axis=(2, 4))


def _cut_out(pictures: Floats, side: int) -> Floats:
    """The middle of pictures (P, 16, 16), scaled to ``side`` pixels."""
    middle = pictures[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    stretching = _stretching(middle.shape[1], side)
    return np.asarray(stretching @ middle @ stretching.T)


@lru_cache
def _stretching(length: int, side: int) -> Floats:
    """The matrix (side, length) that scales a column linearly, and goes on beyond its outer pixels as there."""
    at = np.clip((np.arange(side) + 0.5) * length / side - 0.5, 0, length - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(length))).astype(np.float32)


def _correlations(pictures: Floats, windows: Floats, cut_outs: Floats) -> Floats:
    """Correlation (P, h, w) of each window (P, h, w, n, n) of pictures (P, S, S) with the cut-out (P, n, n)."""
    side = cut_outs.shape[1]
    centred = cut_outs - cut_outs.mean(axis=(1, 2), keepdims=True)
    products = np.einsum("phwyx,pyx->phw", windows, centred)
    exact = pictures.astype(np.float64)
    variances = _window_sums(exact**2, side) - _window_sums(exact, side) ** 2 / side**2
    squares = np.maximum(variances, TINY) * np.maximum((centred**2).sum(axis=(1, 2)), TINY)[:, None, None]
    return (products / np.sqrt(squares)).astype(np.float32)


def _window_sums(pictures: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Sums (P, h, w) of all windows of ``side`` pixels, from sums of what lies above and to the left."""
    sums = np.pad(pictures.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    return np.asarray(sums[:, side:, side:] - sums[:, :-side, side:] - sums[:, side:, :-side] + sums[:, :-side, :-side])
