"""The confusion matrix of a job, whose cells lead to their images; of many classes, the commonest confusions."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.gallery.choices import class_name
from api.pages.gallery.gallery_view import images_url
from api.readers.images.confusion import Taken
from jobs.results.record import Outcome

MOST_CLASSES, MOST_CONFUSIONS, MOST_ROWS = 30, 30, 1000
SHADES = 9
"""Of a cell, by its share of the class: from 0 (none) to this."""


@dataclass(frozen=True)
class Cell:
    """How often one class was taken for another; ``url`` leads to these images, None where there is none."""

    count: int
    shade: int
    url: str | None
    right: bool


@dataclass(frozen=True)
class ClassRow:
    """What became of the images of a class.

    Attributes:
        cells: one for each class of the matrix; none where there are too many classes.
        url, wrong_url: lead to its images, and to those predicted wrong.
    """

    name: str
    images: int
    wrong: int
    url: str
    wrong_url: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class ConfusedPair:
    """Two classes, the first of which was taken for the second."""

    label_name: str
    prediction_name: str
    count: int
    share: float
    url: str


@dataclass(frozen=True)
class ConfusionMatrix:
    """What the page shows.

    Attributes:
        names: of the columns; none where there are too many classes for a matrix.
        rows: a row for each true class that has images.
        pairs: the commonest confusions; none where the matrix shows all.
        left_out: classes beyond ``MOST_ROWS``.
    """

    names: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    pairs: tuple[ConfusedPair, ...]
    left_out: int = 0


def confusion_matrix(job_id: str, taken: Sequence[Taken], class_names: Sequence[str]) -> ConfusionMatrix | None:
    """The matrix of these counts; None where no image has both a true class and a prediction."""
    if not taken:
        return None
    labels = sorted({each.label for each in taken} | {each.prediction for each in taken})
    columns = labels if len(labels) <= MOST_CLASSES else []
    by_class: dict[int, Counter[int]] = {}
    for each in taken:
        by_class.setdefault(each.label, Counter())[each.prediction] += each.count
    rows = [
        _row(job_id, label, class_name(label, class_names), by_class[label], columns)
        for label in sorted(by_class)[:MOST_ROWS]
    ]
    return ConfusionMatrix(
        names=tuple(class_name(label, class_names) for label in columns),
        rows=tuple(rows),
        pairs=() if columns else _commonest(job_id, by_class, class_names),
        left_out=len(by_class) - len(rows),
    )


def _row(job_id: str, label: int, name: str, found: Counter[int], columns: Sequence[int]) -> ClassRow:
    images = found.total()
    return ClassRow(
        name=name,
        images=images,
        wrong=images - found[label],
        url=images_url(job_id, label=(label,)),
        wrong_url=images_url(job_id, outcome=(Outcome.WRONG,), label=(label,)),
        cells=tuple(_cell(job_id, label, other, found[other], images) for other in columns),
    )


def _cell(job_id: str, label: int, prediction: int, count: int, images: int) -> Cell:
    url = images_url(job_id, label=(label,), prediction=(prediction,)) if count else None
    return Cell(count, shade=-(-SHADES * count // images), url=url, right=label == prediction)


def _commonest(job_id: str, by_class: Mapping[int, Counter[int]], names: Sequence[str]) -> tuple[ConfusedPair, ...]:
    confused = [
        (count, label, other) for label, found in by_class.items() for other, count in found.items() if other != label
    ]
    return tuple(
        ConfusedPair(
            class_name(label, names),
            class_name(other, names),
            count,
            count / by_class[label].total(),
            images_url(job_id, label=(label,), prediction=(other,)),
        )
        for count, label, other in heapq.nsmallest(MOST_CONFUSIONS, confused, key=lambda each: (-each[0], *each[1:]))
    )
