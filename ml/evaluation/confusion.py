"""Computes the confusion matrix, metrics per class, and the most frequent confusions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.predictions import Predictions

Matrix = NDArray[np.int64]


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
    cells = found.labels[known].astype(np.int64) * classes + found.predictions[known]
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def per_class(found: Predictions, classes: int) -> tuple[ClassNumbers, ...]:
    """The metrics of every class, in label order."""
    matrix = confusion_matrix(found, classes)
    images = np.bincount(found.labels, minlength=classes)
    confidence = np.bincount(found.labels, weights=found.confidences, minlength=classes)
    return tuple(_numbers(label, matrix, int(images[label]), float(confidence[label])) for label in range(classes))


def mean_per_class_accuracy(numbers: tuple[ClassNumbers, ...]) -> float:
    """Mean recall of the classes that have images, each counting the same."""
    recalls = [each.recall for each in numbers if each.recall is not None]
    return float(np.mean(recalls)) if recalls else float("nan")


def worst_confusions(matrix: Matrix, *, limit: int) -> tuple[Confusion, ...]:
    """Most frequent mistakes first; among equals the larger share of the class."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    images = matrix.sum(axis=1)
    found = [
        Confusion(int(row), int(column), int(wrong[row, column]), float(wrong[row, column] / images[row]))
        for row, column in zip(*np.nonzero(wrong), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, -each.share, each.label, each.prediction))[:limit])


def _numbers(label: int, matrix: Matrix, images: int, confidence: float) -> ClassNumbers:
    correct, predicted = int(matrix[label, label]), int(matrix[:, label].sum())
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
