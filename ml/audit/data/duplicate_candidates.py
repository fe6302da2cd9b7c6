"""Names pairs of pictures that may be near-duplicates, which their detail then confirms or not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.cosine import mean_row, nearest, unit_rows
from ml.audit.data.gallery import Gallery
from ml.errors import MlError

NEAREST = 4
"""Neighbours of each picture by each way of looking."""
COARSE = 8
"""Side in pixels of the pictures whose colours are compared."""
Pairs = NDArray[np.int64]


def candidate_pairs(first: Gallery, second: Gallery | None) -> Pairs:
    """Pairs (P, 2) of rows of two galleries, or of one: nearest by features and by coarse colours, mirrored or not.

    A row of one gallery is paired with rows of the other that are near to it, each pair once; within one gallery the
    lower row comes first.

    Raises:
        MlError: the features of the two have other widths.
    """
    same = second is None
    other = first if second is None else second
    colours = _colours(first.thumbnails)
    ways = [(_colours(other.thumbnails), colours), (_colours(other.thumbnails[:, :, ::-1]), colours)]
    for features in (other.features, other.mirrored_features):
        if features is not None and first.features is not None:
            _same_width(first.features, features)
            ways.append((features, first.features))
    pairs = np.concatenate([_neighbours(queries, keys, same=same) for queries, keys in ways])
    return np.unique(np.sort(pairs, axis=1) if same else pairs, axis=0)


def _same_width(features: NDArray[np.floating], others: NDArray[np.floating]) -> None:
    if features.shape[1] != others.shape[1]:
        raise MlError(
            f"features {features.shape} and {others.shape} have other widths: take both from the same layer of one "
            "network"
        )


def _neighbours(queries: NDArray[np.floating], keys: NDArray[np.floating], *, same: bool) -> Pairs:
    """Rows of keys and of queries (P, 2): the nearest keys of each query, by the cosine about the mean of the keys."""
    about = mean_row(keys)
    rows, _ = nearest(unit_rows(queries, about=about), unit_rows(keys, about=about), NEAREST, same=same)
    pairs = np.stack([rows.ravel(), np.repeat(np.arange(len(rows)), rows.shape[1])], axis=1)
    return pairs[_finite(keys)[pairs[:, 0]] & _finite(queries)[pairs[:, 1]]]


def _finite(features: NDArray[np.floating]) -> NDArray[np.bool_]:
    return np.isfinite(features).all(axis=1)


def _colours(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean colours (N, 192) of 8 x 8 parts of thumbnails."""
    side = thumbnails.shape[1] // COARSE
    parts = thumbnails.reshape(len(thumbnails), COARSE, side, COARSE, side, 3)
    return parts.mean(axis=(2, 4), dtype=np.float32).reshape(len(thumbnails), COARSE * COARSE * 3)
