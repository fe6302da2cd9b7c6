"""What each part of a recipe gives alone: the same training with it and without it, for several seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ml.evaluation.mean_interval import mean_interval
from ml.training.options import TrainingOptions

SEEDS = (0, 1, 2)
Accuracy = Callable[[TrainingOptions], float]
"""Trains, and gives the validation accuracy of the epoch that would be published."""


def compared(
    plain: TrainingOptions, parts: Mapping[str, TrainingOptions], accuracy: Accuracy, *, seeds: Sequence[int] = SEEDS
) -> dict[str, dict[str, object]]:
    """For each part the mean validation accuracy, and its mean difference from the plain training, paired by seed."""
    without = np.array(list(_accuracies(plain, accuracy, seeds)))
    table: dict[str, dict[str, object]] = {"plain": _row(without, None)}
    for name, options in parts.items():
        table[name] = _row(np.array(list(_accuracies(options, accuracy, seeds))), without)
    return table


def _accuracies(options: TrainingOptions, accuracy: Accuracy, seeds: Sequence[int]) -> Iterator[float]:
    for seed in seeds:
        yield accuracy(replace(options, seed=seed))


def _row(found: np.ndarray[tuple[int], np.dtype[np.float64]], without: object) -> dict[str, object]:
    """The numbers of one training; the interval is Student's, over the seeds."""
    row: dict[str, object] = {"validation_accuracy": float(found.mean()), "seeds": len(found)}
    if without is None:
        return row
    difference = mean_interval(found - np.asarray(without))
    if difference is not None:
        row |= {"difference": difference.mean, "interval_95": difference.interval_95}
    return row
