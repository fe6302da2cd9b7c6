"""Pools maps to a common grid, so that maps of different strength and resolution can be held against each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
GRID = 8


def usable(maps: Floats) -> npt.NDArray[np.bool_]:
    """(N,) which maps (N, h, w) are finite and above zero somewhere."""
    if not maps[0:1].size:
        return np.zeros(len(maps), bool)
    return np.asarray(np.isfinite(maps).all(axis=(1, 2)) & (maps.max(axis=(1, 2)) > 0))


def pooled_shares(maps: Floats, *, grid: int = GRID) -> Floats:
    """The share of each map's evidence for its class in each cell of a grid.

    Args:
        maps: (N, h, w) finite, each above zero somewhere; what is below zero speaks against the class and counts none.
        grid: cells along each side; a smaller map keeps its own number of cells.

    Returns:
        (N, g, g'), each summing to 1.
    """
    positive = np.maximum(maps, 0).astype(np.float64)
    rows, columns = (_pooling(length, min(grid, length)) for length in maps.shape[1:])
    pooled = rows @ positive @ columns.T
    return np.asarray(pooled / pooled.sum(axis=(1, 2), keepdims=True), np.float32)


def _pooling(length: int, cells: int) -> npt.NDArray[np.float64]:
    """(cells, length) sums pixels into cells; a pixel that two cells share is divided between them."""
    edges = np.arange(cells + 1) * length / cells
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None)
