"""Measures how far GradCAM maps move when images are corrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ml.attribution.gradcam import enlarged
from ml.data.image_size import ImageSize
from ml.evaluation.corruptions.homography import Homography, unwarp

Maps = NDArray[np.float32]

# The object is where a map has at least this share of its largest value (Selvaraju et al. 2017, section 4.1).
OBJECT_THRESHOLD = 0.15


@dataclass(frozen=True, eq=False)
class MapShift:
    """How clean and corrupted maps differ, one entry per image; NaN where a map is constant or not finite.

    Attributes:
        correlations: (n,) float32, Spearman's rank correlation of the two maps, -1 to 1.
        distances: (n,) float32, between their centres of mass, as a share of each side of the image.
    """

    correlations: NDArray[np.float32]
    distances: NDArray[np.float32]

    def rows(self, chosen: NDArray[np.bool_]) -> MapShift:
        """The entries of the chosen images; ``chosen`` is (n,) bool."""
        return MapShift(self.correlations[chosen], self.distances[chosen])


def map_shift(
    clean: Maps, corrupted: Maps, views: Sequence[Homography | None], *, picture: tuple[int, int]
) -> MapShift:
    """Compare maps (n, h, w) of the same class, in the coordinates of the original image.

    Args:
        clean: of the original images.
        corrupted: of the corrupted images.
        views: how each corruption moved the scene; a map is warped back to the original's coordinates, and both are
            compared where the new view covers it. None where nothing moved.
        picture: height and width of the images.
    """
    found = [_compare(*pair, picture) for pair in zip(clean, corrupted, views, strict=True)]
    correlations, distances = zip(*found, strict=True) if found else ((), ())
    return MapShift(np.asarray(correlations, np.float32), np.asarray(distances, np.float32))


def object_mask(heatmap: Maps, size: ImageSize) -> NDArray[np.bool_] | None:
    """The object according to a map (h, w), as bool of this size; None for an empty map."""
    if not np.isfinite(heatmap).all() or not heatmap.any():
        return None
    large = enlarged(heatmap, size)
    return np.asarray(large >= OBJECT_THRESHOLD * large.max())


def _compare(clean: Maps, corrupted: Maps, view: Homography | None, picture: tuple[int, int]) -> tuple[float, float]:
    back = corrupted if view is None else unwarp(corrupted, view, picture=picture)
    reached = np.isfinite(back)
    one, other = clean[reached], back[reached]
    # Warping back leaves NaN where the view does not reach; a map that was not finite before is not compared at all.
    if not (np.isfinite(corrupted).all() and np.isfinite(clean).all()) or _flat(one) or _flat(other):
        return float("nan"), float("nan")
    places = np.argwhere(reached) / clean.shape
    moved = _centre(places, other) - _centre(places, one)
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1]), float(np.linalg.norm(moved))


def _flat(values: NDArray[np.float32]) -> bool:
    return values.size == 0 or bool(values.min() == values.max())


def _centre(places: NDArray[np.float64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    return values @ places / values.sum()
