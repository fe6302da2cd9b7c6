"""Explains wrong predictions by example: the nearest training images, and where they look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.cosine import mean_row, nearest, unit_rows
from ml.errors import MlError


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
    if training.features.shape[1:] != features.shape[1:]:
        raise MlError(
            f"features {features.shape} and training features {training.features.shape} have other widths: take both "
            "from the same layer of one network"
        )
    centre = mean_row(training.features)
    keys = unit_rows(training.features, about=centre)
    chosen = np.asarray(images, np.int64)
    queries = unit_rows(features[chosen], about=centre)
    of_true = _of_classes(queries, keys, training.labels, _labels(true, chosen), count)
    of_predicted = _of_classes(queries, keys, training.labels, predicted[chosen], count)
    return tuple(ByExample(*each) for each in zip(chosen.tolist(), of_true, of_predicted, strict=True))


def similarity_map(spatial: NDArray[np.floating], pooled: NDArray[np.floating]) -> NDArray[np.float32]:
    """Where an image looks like another: the cosine of its features at each place and the other's pooled ones.

    Args:
        spatial: (h, w, D), of the image.
        pooled: (D,), of its neighbour.

    Returns:
        (h, w) float32, -1 to 1; 0 where the features at a place are zero.
    """
    origin = np.zeros(len(pooled))
    places = unit_rows(spatial.reshape(-1, spatial.shape[-1]), about=origin)
    cosines = places @ unit_rows(pooled[None], about=origin)[0]
    return np.clip(cosines, -1, 1).reshape(spatial.shape[:2])


def _of_classes(
    queries: NDArray[np.float32],
    keys: NDArray[np.float32],
    key_labels: NDArray[np.integer],
    wanted: NDArray[np.integer],
    count: int,
) -> list[tuple[Neighbour, ...]]:
    """For each query, its nearest keys of the class that is wanted for it."""
    found: list[tuple[Neighbour, ...]] = [()] * len(queries)
    known, searched = queries.any(axis=1), keys.any(axis=1)
    for label in np.unique(wanted[wanted >= 0]):
        members = np.flatnonzero(searched & (key_labels == label))
        places = np.flatnonzero(known & (wanted == label))
        rows, cosines = nearest(queries[places], keys[members], count)
        for place, row, values in zip(places, members[rows].tolist(), cosines.tolist(), strict=True):
            found[place] = tuple(Neighbour(*each) for each in zip(row, values, strict=True))
    return found


def _labels(true: NDArray[np.integer] | None, chosen: NDArray[np.int64]) -> NDArray[np.integer]:
    return np.full(len(chosen), -1) if true is None else true[chosen]
