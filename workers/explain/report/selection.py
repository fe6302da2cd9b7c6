"""Which of a job's images the report shows."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs.convergence import rankable
from jobs.explanation_summary import IG
from jobs.measure import JUDGED_DELTA
from jobs.record import ImageRecord, Outcome

WRONG = 24
LEAST_CONVERGED = 12
SURE = 8
ERRORS = 20


@dataclass(frozen=True)
class Selection:
    """Images by the section that shows them.

    Attributes:
        sure: correct predictions, each of another class, the most confident first.
        wrong: wrong predictions, the most confident first.
        least_converged: those whose attributions miss most of what they were judged by, the worst first.
        errors: images that could not be explained, in order.
        examples: by class, the most confident image that was explained for it.
    """

    sure: tuple[ImageRecord, ...]
    wrong: tuple[ImageRecord, ...]
    least_converged: tuple[ImageRecord, ...]
    errors: tuple[ImageRecord, ...]
    examples: dict[int, ImageRecord]

    def large(self) -> tuple[ImageRecord, ...]:
        """The images that are shown with their maps; one may come more than once."""
        return (*self.sure, *self.wrong, *self.least_converged)

    def shown(self) -> tuple[ImageRecord, ...]:
        """Every image that has a photograph in the report; one may come more than once."""
        return (*self.large(), *self.examples.values())


def select(records: Sequence[ImageRecord]) -> Selection:
    """Choose from the records of a job; what is chosen from all of them is chosen from any part that holds it, too."""
    explained = [record for record in records if record.error is None]
    best: dict[tuple[int, bool], ImageRecord] = {}
    for record in explained:
        if record.target is not None:
            key = record.target, record.outcome is Outcome.CORRECT
            if key not in best or _confidence(record) > _confidence(best[key]):
                best[key] = record
    examples = {target: record for (target, _), record in sorted(best.items())}  # a correct one replaces a wrong one
    return Selection(
        sure=_most((record for (_, correct), record in best.items() if correct), SURE),
        wrong=_most((record for record in explained if record.outcome is Outcome.WRONG), WRONG),
        least_converged=_least_converged(explained),
        errors=tuple(record for record in records if record.error)[:ERRORS],
        examples=examples,
    )


def _most(records: Iterable[ImageRecord], count: int) -> tuple[ImageRecord, ...]:
    return tuple(heapq.nlargest(count, records, key=_confidence))


def _least_converged(records: Iterable[ImageRecord]) -> tuple[ImageRecord, ...]:
    measured = ((delta, -record.index, record) for record in records if (delta := _delta(record)) is not None)
    return tuple(record for _, _, record in heapq.nlargest(LEAST_CONVERGED, measured, key=lambda each: each[:2]))


def _confidence(record: ImageRecord) -> float:
    return record.confidence or 0.0


def _delta(record: ImageRecord) -> float | None:
    method = record.method(IG)
    return rankable(method, JUDGED_DELTA) if method else None
