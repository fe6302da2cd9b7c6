"""Finds labels that are likely wrong, by confident learning (Northcutt, Jiang & Chuang 2021, JAIR 70).

For each class, the mean probability that its own images get is its threshold. An image that lies above the threshold
of another class is counted as one of that class; those whose label says otherwise are flagged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LabelErrors:
    """Images whose label is likely wrong, the likeliest error first; indices count the rows that were passed.

    Attributes:
        indices: (E,) int64, the images flagged.
        given: (E,) int64, the label of each.
        likely: (E,) int64, the class that it likely is.
        quality: (N,) float64 of all images, 0 to 1: how sure the label is; NaN where it could not be judged.
        images: how many were judged.
        left_out: sentences on what could not be done.
    """

    indices: NDArray[np.int64]
    given: NDArray[np.int64]
    likely: NDArray[np.int64]
    quality: NDArray[np.float64]
    images: int
    left_out: tuple[str, ...] = ()


def label_errors(probabilities: NDArray[np.floating], labels: NDArray[np.integer] | None) -> LabelErrors:
    """Judge labels by predictions that are out of sample.

    Args:
        probabilities: (N, classes), of a model that did not learn from these images: those of a test split are, and
            ``ml.audit.data.held_out_probabilities`` makes them for a training split. A row that is not finite is left
            out.
        labels: (N,) integers; below 0 where an image has none. None: no image has one.

    Raises:
        MlError: the arrays do not fit each other.
    """
    raise NotImplementedError
