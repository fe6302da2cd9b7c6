"""What is to go by the retention of its project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs.housekeeping.thing import Thing


@dataclass(frozen=True)
class Expired:
    """A thing whose time is over, or a job whose heatmaps are kept no longer.

    Attributes:
        project: empty where it belongs to none.
        why: the rule.
        written_at: when it was written last, by the clock of the store; None of jobs, which are over.
    """

    thing: Thing
    project: str
    why: str
    written_at: datetime | None = None
