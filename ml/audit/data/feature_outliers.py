"""Finds images that are unlike all others of their class, by their pooled features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.cosine import mean_row, nearest, unit_rows
from ml.audit.data.robust import spread
from ml.errors import MlError

NEAREST = 3
"""Neighbours whose mean distance counts: an image with one twin is still far from its class."""
FEWEST = 8
"""Images that a class needs to have a distribution."""
DEVIATIONS = 4.0
LEAST_SPREAD = 0.1
"""The standard deviation of the logarithms that is taken at least."""


@dataclass(frozen=True)
class FeatureOutlier:
    """One image far from its class.

    Attributes:
        image: row of the features.
        label: its class; None where images have no labels.
        distance: mean cosine distance to its nearest images.
        median: of that distance in its class.
        deviations: how many robust standard deviations it lies above the median, on a scale of logarithms.
    """

    image: int
    label: int | None
    distance: float
    median: float
    deviations: float


@dataclass(frozen=True)
class FeatureOutliers:
    """The images found, the farthest first, and sentences on what could not be done."""

    found: tuple[FeatureOutlier, ...]
    left_out: tuple[str, ...] = ()


def feature_outliers(features: NDArray[np.floating], labels: NDArray[np.integer] | None) -> FeatureOutliers:
    """Hold each image's distance to its nearest images of its class against the class's own distribution.

    Distances are compared as logarithms. Their spread is the class's own or that of all classes about their medians,
    whichever is larger: that of few images is often too small by chance.

    Args:
        features: (N, D) pooled features; a row that is not finite is left out.
        labels: (N,) integers, below 0 where an image has none; None: all images count as one class.

    Raises:
        MlError: the arrays do not fit each other.
    """
    if labels is not None and len(labels) != len(features):
        raise MlError(f"{len(features)} rows of features and {len(labels)} labels: pass one label per image")
    finite = np.isfinite(features).all(axis=1)
    of = np.where(finite, 0 if labels is None else labels, -1)
    distances = _distances(unit_rows(features, about=mean_row(features)), of)
    judged = np.isfinite(distances)
    found = _outliers(np.flatnonzero(judged), of[judged], distances[judged], labelled=labels is not None)
    return FeatureOutliers(found, _left_out(len(of) - int(judged.sum()), len(of), labelled=labels is not None))


def _distances(rows: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean cosine distance to the nearest images of the same class; NaN where the class has too few."""
    distances = np.full(len(rows), np.nan)
    for label in np.unique(labels[labels >= 0]):
        members = np.flatnonzero(labels == label)
        if len(members) >= FEWEST:
            _, cosines = nearest(rows[members], rows[members], NEAREST, same=True)
            distances[members] = np.maximum(1 - cosines.astype(np.float64).mean(axis=1), 1e-6)
    return distances


def _outliers(
    images: NDArray[np.int64], labels: NDArray[np.integer], distances: NDArray[np.float64], *, labelled: bool
) -> tuple[FeatureOutlier, ...]:
    logarithms = np.log(distances)
    medians = {label: float(np.median(logarithms[labels == label])) for label in np.unique(labels).tolist()}
    residuals = logarithms - np.array([medians[label] for label in labels.tolist()])
    of_all = spread(residuals, least=LEAST_SPREAD)
    spreads = {label: spread(residuals[labels == label], least=of_all) for label in medians}
    found = [
        FeatureOutlier(image, label if labelled else None, distance, float(np.exp(medians[label])), above)
        for image, label, distance, residual in zip(
            images.tolist(), labels.tolist(), distances.tolist(), residuals.tolist(), strict=True
        )
        if (above := residual / spreads[label]) >= DEVIATIONS
    ]
    return tuple(sorted(found, key=lambda each: -each.deviations))


def _left_out(skipped: int, images: int, *, labelled: bool) -> tuple[str, ...]:
    without = () if labelled else ("All images were taken for one class: they have no labels.",)
    if not skipped:
        return without
    return (
        *without,
        f"{skipped} of {images} images were not judged as outliers: no label, no features, or a class of fewer than "
        f"{FEWEST} images.",
    )
