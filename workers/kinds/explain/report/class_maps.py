"""Which maps of an image the report shows, and what each answers."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.results.answered_question import AnsweredQuestion, answered_questions
from jobs.results.record import ImageRecord, MethodRecord

# With the target top:k every image has k maps of each method: those of so many classes are shown.
RANKS_SHOWN = 3


def shown_maps(record: ImageRecord) -> tuple[MethodRecord, ...]:
    """The maps that the report shows of an image."""
    return tuple(method for method in record.methods if method.rank <= RANKS_SHOWN)


def shown_questions(record: ImageRecord, class_names: Sequence[str]) -> tuple[AnsweredQuestion, ...]:
    """These maps by their question: that of the first class first, that of a contrast last."""
    return answered_questions(shown_maps(record), class_names, target=record.target)
