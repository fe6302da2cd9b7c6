"""Finds which classes of two models are the same, so that predictions can be compared by what they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workers.inputs.class_names import disagreement, matched
from workers.kinds.compare.side import NO_CLASS, Labels


@dataclass(frozen=True, eq=False)
class ClassMatch:
    """Which class of the first model each class of the second is.

    Attributes:
        labels: (classes of the second,) label in the first, or -1.
        note: how the models' classes are apart, as a sentence; empty where they are not.
    """

    labels: Labels
    note: str = ""

    def in_first(self, labels: Labels) -> Labels:
        """Labels (n,) of the second model as the first numbers them, -1 where it has no such class."""
        if not len(self.labels):
            return np.full(len(labels), NO_CLASS)
        known = (labels >= 0) & (labels < len(self.labels))
        return np.where(known, self.labels[np.where(known, labels, 0)], NO_CLASS)


def class_match(first: Sequence[str], second: Sequence[str]) -> ClassMatch:
    """By number where both models number the same classes alike, otherwise by name, whatever its case."""
    if not disagreement(first, second):
        return ClassMatch(np.arange(len(second)))
    found = matched(second, first)
    labels = np.asarray([NO_CLASS if label is None else label for label in found], np.int64)
    shared = int((labels != NO_CLASS).sum())
    note = (
        f"The models have different classes or number them differently ({len(first)} and {len(second)}), so "
        f"predictions are compared by the names of classes: {shared} are known to both."
    )
    return ClassMatch(labels, note)
