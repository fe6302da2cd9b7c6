"""Divides images into slices whose errors are worth comparing: by class, by a number, by cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IMAGES_PER_CLUSTER, MOST_CLUSTERS = 30, 12


@dataclass(frozen=True, eq=False)
class Slice:
    """Some of the images.

    Attributes:
        kind: what they were divided by, such as ``class`` or ``brightness``.
        value: which of them, for people, such as ``rose`` or ``12 to 60``.
        members: (N,) bool.
        label: the class where it is one.
    """

    kind: str
    value: str
    members: NDArray[np.bool_]
    label: int | None = None


def class_slices(labels: NDArray[np.integer], class_names: Sequence[str]) -> tuple[Slice, ...]:
    """One slice per class that has images; labels below 0 belong to none."""
    present = np.unique(labels[labels >= 0]).tolist()
    return tuple(Slice("class", class_names[label], labels == label, label) for label in present)


def quarter_slices(kind: str, values: NDArray[np.floating]) -> tuple[Slice, ...]:
    """The quarters of a number (N,), such as brightness, sharpness or the object's share of the image; NaN: unknown.

    Numbers that are equal stay together, so that there are fewer quarters where many are equal, and none where all are.
    """
    known = np.isfinite(values)
    if not known.any():
        return ()
    edges = np.unique(np.quantile(values[known], (0.25, 0.5, 0.75)))
    quarters = np.where(known, np.searchsorted(edges, np.nan_to_num(values), side="left"), -1)
    present = np.unique(quarters[known]).tolist()
    if len(present) == 1:
        return ()
    return tuple(_between(kind, values, quarters == number) for number in present)


def feature_clusters(features: NDArray[np.floating], *, seed: int) -> NDArray[np.int64]:
    """The cluster (N,) of each row of pooled features (N, D), by k-means (Lloyd 1982); -1 where it belongs to none.

    There is one cluster for 30 images, at most 12, and none of fewer than 60; a row that is not finite belongs to none.
    """
    of = np.full(len(features), -1, np.int64)
    known = np.isfinite(features).all(axis=1)
    clusters = min(MOST_CLUSTERS, int(known.sum()) // IMAGES_PER_CLUSTER)
    if clusters < 2:
        return of
    from sklearn.cluster import KMeans  # noqa: PLC0415  (its import takes a second)

    of[known] = KMeans(clusters, n_init=3, random_state=seed).fit_predict(features[known])
    return of


def cluster_slices(clusters: NDArray[np.integer]) -> tuple[Slice, ...]:
    """One slice per cluster (N,) that has images; rows below 0 belong to none. People count them from 1."""
    present = np.unique(clusters[clusters >= 0]).tolist()
    return tuple(Slice("cluster", f"cluster {number + 1}", clusters == number) for number in present)


def _between(kind: str, values: NDArray[np.floating], members: NDArray[np.bool_]) -> Slice:
    return Slice(kind, f"{_words(values[members].min())} to {_words(values[members].max())}", members)


def _words(value: np.floating) -> str:
    """A number for people: areas have six digits, which an exponent would hide."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"
