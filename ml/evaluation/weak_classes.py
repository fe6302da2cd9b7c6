"""Finds the classes that a classifier gets wrong more often than the others, beyond what chance does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from ml.evaluation.holm import holm_adjusted
from ml.evaluation.predictions import wilson_interval

ALPHA = 0.05


@dataclass(frozen=True)
class WeakClass:
    """A class of which fewer images are right than of the others.

    Attributes:
        interval_95: of its share of right predictions (Wilson).
        p_corrected: of Fisher's exact test, one-sided, after Holm's correction for all classes.
    """

    label: int
    images: int
    correct: int
    interval_95: tuple[float, float]
    p_corrected: float


@dataclass(frozen=True)
class WeakClasses:
    """What was found, the lowest share of right predictions first, among how many classes of how many images.

    Attributes:
        tested: classes that have images.
        median_images: of these classes: with few images, only large gaps show.
    """

    found: tuple[WeakClass, ...]
    tested: int
    median_images: float


def weak_classes(right: NDArray[np.bool_], labels: NDArray[np.integer], *, alpha: float = ALPHA) -> WeakClasses:
    """Test each class against all others.

    Args:
        right: (n,) whether each prediction is right.
        labels: (n,) the true classes.
        alpha: the chance of one or more false names, of all classes together.
    """
    known, places = np.unique(labels, return_inverse=True)
    images = np.bincount(places, minlength=len(known))
    correct = np.bincount(places, weights=right, minlength=len(known)).astype(np.int64)
    p_values = hypergeom.cdf(correct, len(labels), int(right.sum()), images) if len(known) else np.empty(0)
    corrected = holm_adjusted(p_values.tolist())
    found = [
        WeakClass(int(label), int(count), int(good), wilson_interval(int(good), int(count)), p_corrected)
        for label, count, good, p_corrected in zip(known, images, correct, corrected, strict=True)
        if p_corrected < alpha
    ]
    found.sort(key=lambda each: (each.correct / each.images, -each.images, each.label))
    return WeakClasses(tuple(found), len(known), float(np.median(images)) if len(known) else 0.0)
