"""A line of a job's log, and the log as it is stored when the job is over."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from jobs.value import Document, Value

MOST_LINES = 2000
"""So many lines of a job are kept; the oldest are dropped."""
_MOST_DIGITS = 15


class LogLine(Value):
    """What a process did for a job.

    Attributes:
        id: of the line, by which lines are in order: milliseconds since the epoch, and a number.
        level: ``debug``, ``info``, ``warning``, ``error`` or ``critical``.
        event: what happened, in a word, such as ``step_taken``.
        worker: who did it; empty where no worker did.
        step: of the job; empty where it was none.
        fields: what else is known of it.
    """

    id: str = ""
    at: datetime
    level: str = "info"
    event: str
    worker: str = ""
    step: str = ""
    fields: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def place(self) -> tuple[int, int]:
        """Where the line stands among those of its job."""
        return place_of(self.id)


class StoredLog(Document):
    """The log of a job that is over."""

    job_id: str
    lines: tuple[LogLine, ...]


def place_of(line_id: str) -> tuple[int, int]:
    """The place that an id stands for; before all lines where it is none."""
    time_ms, _, number = line_id.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= _MOST_DIGITS for part in (time_ms, number)):
        return (-1, -1)
    return int(time_ms), int(number)
