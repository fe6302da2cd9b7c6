"""Finds nearest neighbours by the cosine of features, in blocks, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BLOCK_ENTRIES = 2**23
"""Cosines held at once: 32 MiB."""


def mean_row(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """The mean (D,) of the rows of features (N, D) that are finite; zeros of none."""
    finite = features[np.isfinite(features).all(axis=1)]
    return finite.mean(axis=0, dtype=np.float64) if len(finite) else np.zeros(features.shape[1])


def unit_rows(features: NDArray[np.floating], *, about: NDArray[np.float64]) -> NDArray[np.float32]:
    """Features (N, D) of length 1; a row without length, or one that is not finite, becomes zeros.

    Args:
        features: to scale.
        about: (D,), subtracted first. Activations behind a ReLU are never below zero, so that about the origin the
            cosine of any two is high.
    """
    finite = np.isfinite(features).all(axis=1, keepdims=True)
    rows = np.where(finite, features, 0).astype(np.float32)
    rows -= np.where(finite, about.astype(np.float32), 0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def nearest(
    queries: NDArray[np.float32], keys: NDArray[np.float32], count: int, *, same: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``count`` rows of ``keys`` with the highest cosine to each query, the nearest first, and these cosines.

    Args:
        queries: (N, D), of length 1.
        keys: (M, D), of length 1.
        count: neighbours of each, at most as many as there are.
        same: queries are the keys; a row is not its own neighbour.

    Returns:
        (N, k) int64 and (N, k) float32, k = min(count, M), or M - 1 where ``same``.
    """
    count = min(count, len(keys) - same)
    rows, cosines = (
        np.zeros((len(queries), max(count, 0)), np.int64),
        np.zeros((len(queries), max(count, 0)), np.float32),
    )
    for start, block in _blocks(queries, keys) if count > 0 else ():
        if same:
            block[np.arange(len(block)), start + np.arange(len(block))] = -np.inf
        best = np.argpartition(-block, count - 1, axis=1)[:, :count]
        values = np.take_along_axis(block, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        rows[start : start + len(block)] = np.take_along_axis(best, order, axis=1)
        cosines[start : start + len(block)] = np.take_along_axis(values, order, axis=1)
    return rows, cosines


def _blocks(queries: NDArray[np.float32], keys: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    size = max(1, BLOCK_ENTRIES // len(keys))
    for start in range(0, len(queries), size):
        yield start, queries[start : start + size] @ keys.T
