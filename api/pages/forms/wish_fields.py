"""The fields of a form that are no part of the specification: priority and deadline."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from api.pages.forms.document import Values
from api.submission.wish_check import DeadlineOf, wish_of
from dispatch.submission import NO_WISH
from jobs.errors import InvalidSpec
from jobs.turns.turn import Priority, Wish

PRIORITY, DEADLINE = "_priority", "_deadline"
_deadlines = TypeAdapter[DeadlineOf](DeadlineOf)


def wish_sent(sent: Values) -> tuple[Wish, dict[str, str]]:
    """What was asked for, and what is wrong with it, by the name of the field."""
    (text, *_), (level, *_) = sent.get(DEADLINE) or ("",), sent.get(PRIORITY) or (Priority.NORMAL.value,)
    try:
        priority = Priority(level)
    except ValueError:
        return NO_WISH, {PRIORITY: f"{level!r} is no priority: high, normal or low"}
    try:
        return wish_of(priority, _deadlines.validate_python(text.strip() or None)), {}
    except ValidationError:
        return NO_WISH, {DEADLINE: f"{text!r} is no time with its zone, such as 2030-01-31T18:00+01:00"}
    except InvalidSpec as error:
        return NO_WISH, {DEADLINE: str(error)}


def wish_texts(wish: Wish) -> dict[str, list[str]]:
    """What the fields show of an earlier job; a deadline that has passed is left out."""
    deadline = wish.deadline
    shown = deadline.isoformat() if deadline is not None and deadline > datetime.now(UTC) else ""
    return {PRIORITY: [wish.priority.value], DEADLINE: [shown]}
