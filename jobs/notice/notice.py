"""A notice: one message for one channel, with all tries to deliver it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from jobs.value import Document, Value

JOB_ENDED, TEST = "job.ended", "test"


class NoticeState(StrEnum):
    """How far a notice is; one that is delivered or given up is over."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Attempt(Value):
    """One try to deliver a notice.

    Attributes:
        outcome: in words, without the address: ``answered 200``.
    """

    at: datetime
    took_s: float
    delivered: bool
    outcome: str


class Notice(Document):
    """A message and what became of it.

    Attributes:
        id: the same in every try, so that whoever receives it twice can tell; sorts by time.
        event: ``job.ended`` or ``test``.
        job_id: None of a test.
        body: what is told, as JSON.
        next_at: of the next try; None once it is over.
    """

    id: str
    project: str
    channel: str
    event: str
    job_id: str | None = None
    created_at: datetime
    body: dict[str, Any]
    state: NoticeState = NoticeState.WAITING
    attempts: tuple[Attempt, ...] = Field(default=())
    next_at: datetime | None


def notice_id(job_id: str, channel: str) -> str:
    """The id of the notice that a job is over: the same however often somebody sets out to send it.

    It begins with the job's id, by which ids sort.
    """
    return f"{job_id}-{hashlib.sha256(channel.encode()).hexdigest()[:8]}"
