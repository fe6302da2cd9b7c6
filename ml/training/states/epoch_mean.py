"""Averages the weights after the last epochs of a fine-tuning, and tells by the validation images whether that helps.

Epochs of one fine-tuning lie so close to each other that the mean of their weights is often better than any of them
(Izmailov et al. 2018, Averaging Weights Leads to Wider Optima; Wortsman et al. 2022, Model soups). The means of the
last 2, 3, … epochs are tried, not a greedy soup: one number says which epochs are in such a mean, so a refit can repeat
it without validation images, and the fewer are tried, the less the best of them owes to chance.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.accuracy import Evaluation, Predict, evaluate, predict_function
from ml.training.checkpoint import Arrays, TrainingState, assign, read_state
from ml.training.classifier_of import classifier_for
from ml.training.history import History
from ml.training.progress import EpochMetrics
from ml.training.training_data import TrainingData

FEWEST = 2


@dataclass(frozen=True)
class EpochMean:
    """The mean of the weights after the last epochs: of those that were tried, the best on the validation images.

    Attributes:
        epochs: whose weights are averaged, in order.
        validation_loss, validation_accuracy: None without a validation split.
        tried: how many means were compared.
        published: whether it is better than the best epoch, or there are no validation images to tell by.
    """

    epochs: tuple[int, ...]
    validation_loss: float | None
    validation_accuracy: float | None
    tried: int
    published: bool


def last_epochs(history: History, kept: Container[int], *, most: int) -> tuple[int, ...]:
    """The last epochs of fine-tuning, at most so many, whose states are kept, without a gap; in order."""
    found: list[int] = []
    for metrics in reversed(history):
        if metrics.phase != "fine_tune" or metrics.epoch not in kept or len(found) == most:
            break
        found.append(metrics.epoch)
    return tuple(reversed(found))


def best_mean(
    paths: Mapping[int, Path], epochs: tuple[int, ...], *, best: EpochMetrics, data: TrainingData
) -> tuple[EpochMean, TrainingState]:
    """The best mean on the validation images, of equal ones that of fewer epochs; without such images that of all.

    Args:
        paths: of the states, by epoch.
        epochs: the last ones, in order; two or more.
        best: the best single epoch.
        data: of the training.

    Raises:
        UnreadableCheckpoint: a file is not a state of this training.
    """
    split = data.options.validation_split
    if split is None:
        *_, mean = means_of(paths, epochs)
        return EpochMean(epochs, None, None, tried=1, published=True), mean
    of_counts = enumerate(_validated(means_of(paths, epochs), data, split), start=FEWEST)
    count, (mean, found) = max(of_counts, key=lambda pair: _rank(pair[1][1]))
    published = _rank(found) > (best.validation_accuracy or 0.0, -(best.validation_loss or 0.0))
    tried = len(epochs) - 1
    return EpochMean(epochs[-count:], found.loss, found.accuracy, tried=tried, published=published), mean


def means_of(paths: Mapping[int, Path], epochs: tuple[int, ...]) -> Iterator[TrainingState]:
    """The mean of the weights after the last 2, 3, … of these epochs, without what only training needs.

    Weights that did not change keep their bits: they are summed in float64.

    Raises:
        UnreadableCheckpoint: a file is not a state.
    """
    newest = replace(read_state(paths[epochs[-1]]), raw=(), optimizer=())
    sums = [array.astype(np.float64) for array in newest.model]
    for count, epoch in enumerate(reversed(epochs[:-1]), start=FEWEST):
        sums = [total + array for total, array in zip(sums, read_state(paths[epoch]).model, strict=True)]
        yield replace(newest, model=_divided(sums, count, like=newest.model))


def _divided(sums: Sequence[NDArray[np.float64]], count: int, *, like: Arrays) -> Arrays:
    return tuple((total / count).astype(array.dtype) for total, array in zip(sums, like, strict=True))


def _validated(
    means: Iterator[TrainingState], data: TrainingData, split: str
) -> Iterator[tuple[TrainingState, Evaluation]]:
    """Each mean with its evaluation, by one network that takes the weights of each."""
    options, classes = data.options, len(data.description.class_names)
    network = classifier_for(options, classes, image_size=options.image_size, weights="none")
    predict = predict_function(network)
    for mean in means:
        assign(network.weights, mean.model, what="weights")
        yield mean, _evaluated(predict, data, split)


def _evaluated(predict: Predict, data: TrainingData, split: str) -> Evaluation:
    reporter = data.reporter("averaging", data.size(split))
    images = data.stream(split, "averaging")
    return evaluate(predict, images, on_batch=lambda done: reporter.report(done, done))


def _rank(found: Evaluation) -> tuple[float, float]:
    """By accuracy, then by loss, as epochs are compared."""
    return found.accuracy, -found.loss
