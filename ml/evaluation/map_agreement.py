"""Says how alike two maps of the same image are: by the order of their pixels, and by their strongest tenth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Map = NDArray[np.floating]
Numbers = NDArray[np.float64]

STRONGEST_SHARE = 0.1
"""The share of the pixels that is compared; two maps that have nothing to do with each other share as much of it."""


def map_agreement(first: Map, second: Map) -> tuple[float, float]:
    """Rank correlation (Spearman 1904, ties by mean rank) and overlap of the strongest tenth; NaN where there is none.

    Args:
        first: (h, w), of any resolution; high values speak for the class.
        second: (h, w), of any other; both cover the same picture.
    """
    size = min(first.shape[0], second.shape[0]), min(first.shape[1], second.shape[1])
    one, other = at_resolution(first, size).ravel(), at_resolution(second, size).ravel()
    if _says_nothing(one) or _says_nothing(other):
        return float("nan"), float("nan")
    correlation = float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
    return correlation, strongest_overlap(one, other)


def strongest_overlap(first: Numbers, second: Numbers) -> float:
    """Share of the strongest tenth of one map's pixels (n,) that is also among the other's, 0 to 1.

    Pixels that are equal at the edge of the tenth share the places that are left, so no order decides between them.
    """
    count = max(1, round(STRONGEST_SHARE * first.size))
    return float(np.minimum(_membership(first, count), _membership(second, count)).sum() / count)


def at_resolution(heatmap: Map, size: tuple[int, int]) -> Numbers:
    """A map (h, w) at a coarser or equal resolution: each new pixel is the mean of the area that it covers."""
    exact = heatmap.astype(np.float64)
    if exact.shape == size:
        return exact
    rows, columns = _areas(exact.shape[0], size[0]), _areas(exact.shape[1], size[1])
    found: Numbers = rows @ exact @ columns.T
    return found


def _areas(fine: int, coarse: int) -> Numbers:
    """(coarse, fine): which share of each coarse interval lies in each fine one."""
    edges, starts = np.arange(coarse + 1) * (fine / coarse), np.arange(fine)
    low, high = edges[:-1, None], edges[1:, None]
    covered = np.clip(np.minimum(high, starts + 1) - np.maximum(low, starts), 0, None)
    return np.asarray(covered * (coarse / fine))


def _membership(values: Numbers, count: int) -> Numbers:
    """How far each pixel belongs to the ``count`` strongest, 0 to 1; sums to ``count``."""
    edge = np.partition(values, values.size - count)[values.size - count]
    above, equal = values > edge, values == edge
    return above + equal * ((count - above.sum()) / equal.sum())


def _says_nothing(values: Numbers) -> bool:
    return not np.isfinite(values).all() or bool(values.min() == values.max())
