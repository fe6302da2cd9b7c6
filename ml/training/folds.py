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


FoldCounts = Mapping[tuple[int, int], int]
"""How many usable images there are of each label in each fold."""


@dataclass
class Dealer:
    """Deals the images of each class to the folds in turn, in the order of the split.

    So each fold holds each class as evenly as can be, whatever the seed of the training. Images that cannot be used are
    dealt, too: one that is replaced or deleted while the folds are trained must not move those after it.
    """

    folds: int
    dealt: Counter[int] = field(default_factory=Counter)

    def fold_of(self, label: int) -> int:
        """The fold of the next image with this label."""
        turn = self.dealt[label]
        self.dealt[label] += 1
        return (label + turn) % self.folds


def fewest_learnt(counts: FoldCounts) -> int:
    """How many images the training without the largest fold learns from."""
    held_out = Counter[int]()
    for (_, fold), count in counts.items():
        held_out[fold] += count
    return held_out.total() - max(held_out.values(), default=0)


def check_folds(folds: int, counts: FoldCounts, class_names: Sequence[str]) -> None:
    """Check that each class has an image for each fold, and some to learn from without any of them.

    Raises:
        BadOption: the smallest class has fewer images than there are folds, or all images of a class are in one fold.
    """
    of_class = Counter[int]()
    for (label, _), count in counts.items():
        of_class[label] += count
    label = min(range(len(class_names)), key=lambda number: of_class[number])
    smallest = of_class[label]
    if smallest < folds:
        raise BadOption(
            f"folds is {folds}, but the smallest class, {class_names[label]!r}, has {smallest} usable training images: "
            f"choose {f'at most {smallest} folds' if smallest > 1 else 'no folds'}, or leave out the class",
            field="folds",
        )
    _require_two_folds_of_each(folds, counts, of_class, class_names)


def _require_two_folds_of_each(
    folds: int, counts: FoldCounts, of_class: Mapping[int, int], class_names: Sequence[str]
) -> None:
    label = next((label for (label, _), count in counts.items() if count == of_class[label]), None)
    if label is not None:
        raise BadOption(
            f"folds is {folds}, but all {of_class[label]} usable training images of class {class_names[label]!r} are "
            "in one of them, because those of the others cannot be used: choose another number of folds, replace the "
            "images that cannot be used, or leave out the class",
            field="folds",
        )
