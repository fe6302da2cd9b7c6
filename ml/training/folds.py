"""Divides training images into folds, so that each image is predicted by a network that did not learn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml.errors import BadOption


@dataclass(frozen=True)
class Fold:
    """One of ``of`` parts of the training images, from which nothing is learnt; ``number`` counts from 0."""

    number: int
    of: int


@dataclass
class Dealer:
    """Deals the images of each class to the folds in turn, in the order of the split.

    So each fold holds each class as evenly as can be, whatever the seed of the training.
    """

    folds: int
    dealt: Counter[int] = field(default_factory=Counter)

    def fold_of(self, label: int) -> int:
        """The fold of the next image with this label."""
        turn = self.dealt[label]
        self.dealt[label] += 1
        return (label + turn) % self.folds


def fewest_learnt(folds: int, counts: Mapping[int, int]) -> int:
    """How many images the training without the largest fold learns from; ``counts``: of each label."""
    held_out = [sum(_dealt_to(fold, folds, of) for of in counts.items()) for fold in range(folds)]
    return sum(counts.values()) - max(held_out)


def _dealt_to(fold: int, folds: int, of: tuple[int, int]) -> int:
    label, count = of
    return count // folds + ((fold - label) % folds < count % folds)


def check_folds(folds: int, counts: Mapping[int, int], class_names: Sequence[str]) -> None:
    """Check that each class has an image in each fold.

    Raises:
        BadOption: the smallest class has fewer images than there are folds.
    """
    label = min(range(len(class_names)), key=lambda number: counts.get(number, 0))
    smallest = counts.get(label, 0)
    if smallest < folds:
        raise BadOption(
            f"folds is {folds}, but the smallest class, {class_names[label]!r}, has {smallest} usable training images: "
            f"choose {f'at most {smallest} folds' if smallest > 1 else 'no folds'}, or leave out the class",
            field="folds",
        )
