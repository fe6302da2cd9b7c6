"""Computes the confusion matrix, metrics per class, and the most frequent confusions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ml.evaluation.predictions import Predictions

Matrix = Any
"""A ``csr_array`` (K, K) of int64: of thousands of classes nearly all cells are empty, and a dense one takes gigabytes.
"""


@dataclass(frozen=True)
class ClassNumbers:
    """The metrics of one class; a metric is None where it would divide by 0.

    Attributes:
        images: with this label.
        correct: of these, how many were predicted as this class.
        predicted: images that were predicted as this class.
        recall: share of its images that are predicted correctly, the accuracy of this class.
        precision: share of the images predicted as this class that belong to it.
        f1: harmonic mean of both.
        confidence: mean softmax probability of the predictions for its images.
    """

    label: int
    images: int
    correct: int
    predicted: int
    recall: float | None
    precision: float | None
    f1: float | None
    confidence: float | None


@dataclass(frozen=True)
class Confusion:
    """One class predicted as another, ``count`` times; ``share`` is of the images with this label."""

    label: int
    prediction: int
    count: int
    share: float


def confusion_matrix(found: Predictions, classes: int) -> Matrix:
    """(K, K): how many images of class [row] were predicted as class [column]; without outputs that are not finite."""
    known = found.predictions >= 0
    cells = found.labels[known], found.predictions[known]
    return csr_array((np.ones(int(known.sum()), np.int64), cells), shape=(classes, classes))


def cells_of(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """Row, column and count of each cell that is not empty, row by row."""
    cells = matrix.tocoo()
    return zip(cells.row.tolist(), cells.col.tolist(), cells.data.tolist(), strict=True)


def per_class(found: Predictions, classes: int) -> tuple[ClassNumbers, ...]:
    """The metrics of every class, in label order."""
    images = np.bincount(found.labels, minlength=classes)
    correct = np.bincount(found.labels[found.correct], minlength=classes)
    predicted = np.bincount(found.predictions[found.predictions >= 0], minlength=classes)
    confidence = np.bincount(found.labels, weights=found.confidences, minlength=classes)
    columns = zip(images.tolist(), correct.tolist(), predicted.tolist(), confidence.tolist(), strict=True)
    return tuple(_numbers(label, *counts) for label, counts in enumerate(columns))


def mean_per_class_accuracy(numbers: tuple[ClassNumbers, ...]) -> float:
    """Mean recall of the classes that have images, each counting the same."""
    recalls = [each.recall for each in numbers if each.recall is not None]
    return float(np.mean(recalls)) if recalls else float("nan")


def worst_confusions(matrix: Matrix, *, limit: int) -> tuple[Confusion, ...]:
    """Most frequent mistakes first; among equals the larger share of the class."""
    images = matrix.sum(axis=1)
    found = [
        Confusion(row, column, count, float(count / images[row]))
        for row, column, count in cells_of(matrix)
        if row != column
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, -each.share, each.label, each.prediction))[:limit])


def _numbers(label: int, images: int, correct: int, predicted: int, confidence: float) -> ClassNumbers:
    return ClassNumbers(
        label=label,
        images=images,
        correct=correct,
        predicted=predicted,
        recall=correct / images if images else None,
        precision=correct / predicted if predicted else None,
        f1=2 * correct / (images + predicted) if images + predicted else None,
        confidence=confidence / images if images else None,
    )
