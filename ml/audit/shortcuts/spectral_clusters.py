"""Clusters vectors spectrally, into as many clusters as the largest gap of the eigenvalues says.

So SpRAy sorts maps (Lapuschkin et al. 2019, "Unmasking Clever Hans predictors", Methods); the gap is that of
von Luxburg (2007, "A tutorial on spectral clustering", section 8.3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

MOST_CLUSTERS = 12
FEWEST_VECTORS = 12
_NEIGHBOURS = 7
_STARTS = 4

Doubles = npt.NDArray[np.float64]


def spectral_clusters(
    vectors: npt.NDArray[np.floating], *, seed: int, most: int = MOST_CLUSTERS
) -> npt.NDArray[np.int64]:
    """The cluster (N,) of each vector (N, D); all in one cluster if they are few, all equal or not all finite."""
    count = len(vectors)
    if count < FEWEST_VECTORS or not np.isfinite(vectors).all():
        return np.zeros(count, np.int64)
    affinity = _affinity(vectors.astype(np.float64))
    if affinity is None:
        return np.zeros(count, np.int64)
    degrees = np.sqrt(affinity.sum(axis=1))
    values, found = np.linalg.eigh(affinity / np.outer(degrees, degrees))
    values, found = values[::-1], found[:, ::-1]
    clusters = int((-np.diff(values[: most + 1])).argmax()) + 1
    if clusters == 1:
        return np.zeros(count, np.int64)
    rows = found[:, :clusters]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    fitted = KMeans(clusters, n_init=_STARTS, random_state=seed).fit(rows)
    return np.asarray(fitted.labels_, np.int64)


def _affinity(vectors: Doubles) -> Doubles | None:
    """Gaussian in the distance, scaled by the distance of each vector's neighbours; None if all are equal.

    The scale of each vector is its own (Zelnik-Manor & Perona 2004), so that dense and sparse clusters are both found.
    """
    squares = (vectors**2).sum(axis=1)
    distances = np.clip(squares[:, None] + squares - 2 * vectors @ vectors.T, 0, None)
    np.fill_diagonal(distances, 0)
    if distances.max() <= 1e-12 * max(float(squares.max()), 1e-300):
        return None
    neighbour = np.sqrt(np.partition(distances, _NEIGHBOURS, axis=1)[:, _NEIGHBOURS])
    scale = np.maximum(neighbour, 1e-6 * float(np.sqrt(distances.max())))
    affinity = np.exp(-distances / np.outer(scale, scale))
    np.fill_diagonal(affinity, 0)
    return np.asarray(affinity + 1e-9)
