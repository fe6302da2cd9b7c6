"""Finds images that are unlike all others of their class, by their pooled features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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

    Args:
        features: (N, D) pooled features; a row that is not finite is left out.
        labels: (N,) integers, below 0 where an image has none; None: all images count as one class.
    """
    raise NotImplementedError
