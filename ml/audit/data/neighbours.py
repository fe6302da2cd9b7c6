"""Explains wrong predictions by example: the nearest training images, and where they look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """The training split: ``features`` (M, D) pooled and ``labels`` (M,)."""

    features: NDArray[np.floating]
    labels: NDArray[np.integer]


@dataclass(frozen=True)
class Neighbour:
    """A training image (its row) and its cosine similarity, -1 to 1, of features about the training mean."""

    image: int
    similarity: float


@dataclass(frozen=True)
class ByExample:
    """The training images nearest to one image, of its true and of its predicted class, the nearest first.

    A class without training images gives none; so does the true class of an image without a label.
    """

    image: int
    of_true: tuple[Neighbour, ...]
    of_predicted: tuple[Neighbour, ...]


def nearest_training_images(
    features: NDArray[np.floating],
    training: TrainingImages,
    *,
    images: Sequence[int],
    true: NDArray[np.integer] | None,
    predicted: NDArray[np.integer],
    count: int = 3,
) -> tuple[ByExample, ...]:
    """For each of ``images``, the nearest training images of its true and of its predicted class.

    Args:
        features: (N, D) pooled features of the images that were predicted.
        training: to search.
        images: rows of ``features``, for example those that are predicted wrong.
        true: (N,), below 0 where an image has no label; None: none has.
        predicted: (N,), below 0 where there is no prediction.
        count: how many neighbours of each class.

    Raises:
        MlError: the features have other widths.
    """
    raise NotImplementedError


def similarity_map(spatial: NDArray[np.floating], pooled: NDArray[np.floating]) -> NDArray[np.float32]:
    """Where an image looks like another: the cosine of its features at each place and the other's pooled ones.

    Args:
        spatial: (h, w, D), of the image.
        pooled: (D,), of its neighbour.

    Returns:
        (h, w) float32, -1 to 1; 0 where the features at a place are zero.
    """
    raise NotImplementedError
