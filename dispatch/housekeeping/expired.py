"""What is to go by the retention of its project."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.housekeeping.thing import Thing


@dataclass(frozen=True)
class Expired:
    """A thing whose time is over, or a job whose heatmaps are kept no longer.

    Attributes:
        project: empty where it belongs to none.
        why: the rule.
    """

    thing: Thing
    project: str
    why: str
