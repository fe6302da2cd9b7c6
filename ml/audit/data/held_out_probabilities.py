"""Predicts each image of a training split by a linear head that did not learn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


@dataclass(frozen=True, eq=False)
class HeldOutProbabilities:
    """``values`` (N, classes) float64, NaN for an image that could not be predicted; and why, in sentences."""

    values: NDArray[np.float64]
    left_out: tuple[str, ...] = ()


def held_out_probabilities(
    features: NDArray[np.floating], labels: NDArray[np.integer], *, classes: int, seed: int, folds: int = FOLDS
) -> HeldOutProbabilities:
    """Cross-validate a logistic regression on pooled features.

    Images of a class of a single image cannot be predicted: no head would know that class.

    Args:
        features: (N, D) pooled features, of a network that may have learnt from these images; the head has not.
        labels: (N,) integers; below 0 where an image has none.
        classes: how many there are.
        seed: of the division into folds.
        folds: parts into which the images are divided.
    """
    raise NotImplementedError
