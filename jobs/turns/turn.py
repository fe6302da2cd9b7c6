"""Whose turn it is: the priority of a job, its deadline, and whether it is paused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from jobs.names.project_name import DEFAULT_PROJECT
from jobs.value import Document, Value


class Priority(StrEnum):
    """Of a job among those of its project; the order is that in which they are taken."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for what is taken first."""
        return list(Priority).index(self)


class Pause(Value):
    """Somebody paused a job or a queue.

    Attributes:
        by: the name of their key; empty where nobody had to say who they are.
    """

    by: str = ""
    at: datetime

    def in_words(self) -> str:
        """Such as ``paused by anna``."""
        return f"paused by {self.by}" if self.by else "paused"


class Wish(Value):
    """What a submission asks of the turn of its job.

    Attributes:
        deadline: when the job is ended if it has not ended by then; null: never.
    """

    priority: Priority = Priority.NORMAL
    deadline: AwareDatetime | None = None


class ShownTurn(Wish):
    """The turn of a job as the API shows it.

    Attributes:
        pause: who paused it and when; null while it is not paused.
    """

    pause: Pause | None = None


class JobTurn(ShownTurn, Document):
    """The turn of a job as it is stored; where there is no such document, nobody asked for anything.

    Attributes:
        revision: how often it was written.
    """

    job_id: str
    revision: int = Field(default=0, ge=0)


class Turn(ShownTurn):
    """The turn of a job as the board knows it.

    Attributes:
        revision: of what is stored; an older one never replaces a newer one.
        project: that shares the workers with others.
        parent: the job that started this one, whose priority and pause count for it, too.
    """

    revision: int = 0
    project: str = DEFAULT_PROJECT
    parent: str | None = None


class QueuePause(Document):
    """A queue that is paused."""

    queue: str
    pause: Pause


Weight = Annotated[float, Field(ge=0.001, le=1000, allow_inf_nan=False)]


class ProjectWeight(Document):
    """How large the share of a project is beside those of others."""

    project: str
    weight: Weight = 1.0
