"""Says what near-duplicates of training images in the test split do to its accuracy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.near_duplicates import DuplicatePair
from ml.audit.data.proportion import Proportion, proportion


@dataclass(frozen=True)
class LeakEffect:
    """Accuracy with and without the test images that are near-duplicates of training images.

    Attributes:
        leaked: rows of these test images, ascending.
        with_leaks: accuracy of all test images that have a label; None where none has.
        without_leaks: accuracy of those that are not leaked; None where there are none.
        of_leaks: accuracy of the leaked ones; None where there are none.
    """

    leaked: tuple[int, ...]
    with_leaks: Proportion | None
    without_leaks: Proportion | None
    of_leaks: Proportion | None


def leak_effect(
    pairs: Iterable[DuplicatePair], correct: NDArray[np.bool_], *, labelled: NDArray[np.bool_] | None = None
) -> LeakEffect:
    """Count with and without leaks.

    Args:
        pairs: near-duplicates across splits, the training split first.
        correct: (N,) bool of the test images: whether the prediction is the true class.
        labelled: (N,) bool: whether they have a label; the others count in no accuracy. None: all have one.
    """
    leaked = np.zeros(len(correct), np.bool_)
    leaked[[pair.second for pair in pairs]] = True
    judged = np.ones(len(correct), np.bool_) if labelled is None else labelled
    return LeakEffect(
        leaked=tuple(np.flatnonzero(leaked).tolist()),
        with_leaks=_accuracy(correct[judged]),
        without_leaks=_accuracy(correct[judged & ~leaked]),
        of_leaks=_accuracy(correct[judged & leaked]),
    )


def _accuracy(correct: NDArray[np.bool_]) -> Proportion | None:
    return proportion(correct) if len(correct) else None
