"""Reads what a submission asks of its turn, and refuses a deadline that has passed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from jobs.errors import InvalidSpec
from jobs.turns.turn import Priority, Wish

PriorityOf = Annotated[Priority, Query(description="Among the jobs of its project, while it waits.")]
DeadlineOf = Annotated[
    AwareDatetime | None,
    Query(description="A job that has not ended by then is ended, with what it has done. With its time zone."),
]


def wish_of(priority: PriorityOf = Priority.NORMAL, deadline: DeadlineOf = None) -> Wish:
    """What the query of a submission says.

    Raises:
        InvalidSpec: see ``check_deadline``.
    """
    check_deadline(deadline)
    return Wish(priority=priority, deadline=deadline)


def check_deadline(deadline: datetime | None) -> None:
    """Let a deadline pass that lies ahead.

    Raises:
        InvalidSpec: it has passed.
    """
    now = datetime.now(UTC)
    if deadline is not None and deadline <= now:
        raise InvalidSpec(
            f"the deadline {deadline.isoformat()} has passed, it is {now:%Y-%m-%dT%H:%M:%SZ}: name a later one",
            field="deadline",
        )
