"""Which of a job's images the report shows."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from jobs.results.convergence import sort_value
from jobs.results.image_counts import IG
from jobs.results.measure import JUDGED_DELTA, MAP_ERROR
from jobs.results.record import ImageRecord, Outcome

WRONG = 24
LEAST_CONVERGED = 12
SURE = 8
ERRORS = 20
# Where an example of a class is taken from: what comes later replaces what came before.
_EXAMPLES_FROM = (Outcome.WRONG, Outcome.EXPLAINED, Outcome.CORRECT)


@dataclass(frozen=True)
class Selection:
    """Images by the section that shows them.

    Attributes:
        sure: correct predictions, each of another class, the most confident first.
        unlabelled: the same of images whose true class is not known.
        wrong: wrong predictions, the most confident first.
        least_converged: those whose sum misses most of what it was judged by, or whose map is known worst.
        errors: images that could not be explained, in order.
        examples: by class, the most confident image that was explained for it.
    """

    sure: tuple[ImageRecord, ...]
    unlabelled: tuple[ImageRecord, ...]
    wrong: tuple[ImageRecord, ...]
    least_converged: tuple[ImageRecord, ...]
    errors: tuple[ImageRecord, ...]
    examples: dict[int, ImageRecord]

    def large(self) -> tuple[ImageRecord, ...]:
        """The images that are shown with their maps; one may come more than once."""
        return (*self.sure, *self.unlabelled, *self.wrong, *self.least_converged)

    def shown(self) -> tuple[ImageRecord, ...]:
        """Every image that has a photograph in the report; one may come more than once."""
        return (*self.large(), *self.examples.values())


def select(records: Sequence[ImageRecord]) -> Selection:
    """Choose from the records of a job; what is chosen from all of them is chosen from any part that holds it, too."""
    explained = [record for record in records if record.error is None]
    by_outcome = {outcome: [each for each in explained if each.outcome is outcome] for outcome in _EXAMPLES_FROM}
    examples: dict[int, ImageRecord] = {}
    for found in by_outcome.values():
        examples |= _surest_by(lambda record: record.target, found)
    return Selection(
        sure=_surest_of_each_class(by_outcome[Outcome.CORRECT]),
        unlabelled=_surest_of_each_class(by_outcome[Outcome.EXPLAINED]),
        wrong=_most(by_outcome[Outcome.WRONG], WRONG),
        least_converged=_least_converged(explained),
        errors=tuple(record for record in records if record.error)[:ERRORS],
        examples=dict(sorted(examples.items())),
    )


def _surest_of_each_class(records: Iterable[ImageRecord]) -> tuple[ImageRecord, ...]:
    return _most(_surest_by(lambda record: record.prediction, records).values(), SURE)


def _surest_by(class_of: Callable[[ImageRecord], int | None], records: Iterable[ImageRecord]) -> dict[int, ImageRecord]:
    """The most confident image of each class."""
    best: dict[int, ImageRecord] = {}
    for record in records:
        label = class_of(record)
        if label is not None and (label not in best or _sureness(record) > _sureness(best[label])):
            best[label] = record
    return best


def _most(records: Iterable[ImageRecord], count: int) -> tuple[ImageRecord, ...]:
    return tuple(heapq.nlargest(count, records, key=_sureness))


def _least_converged(records: Iterable[ImageRecord]) -> tuple[ImageRecord, ...]:
    measured = ((error, -record.index, record) for record in records if (error := _error(record)) is not None)
    return tuple(record for _, _, record in heapq.nlargest(LEAST_CONVERGED, measured, key=lambda each: each[:2]))


def _sureness(record: ImageRecord) -> tuple[float, int]:
    """By confidence; of equal ones the first counts more, so that a part chooses like the whole."""
    return record.confidence or 0.0, -record.index


def _error(record: ImageRecord) -> float | None:
    """The larger error of sum and map, as far as they were measured."""
    method = record.method(IG)
    errors = [sort_value(method, name) for name in (JUDGED_DELTA, MAP_ERROR)] if method else []
    return max((error for error in errors if error is not None), default=None)
