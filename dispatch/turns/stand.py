"""Where a job that has steps to do should stand."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.turns.turn import Turn


@dataclass(frozen=True)
class Stand:
    """As a look at the board found it.

    Attributes:
        queue: of its next step.
        turn: with what it has of its parent; None where it is not known.
        full: whether as many of its steps are out as may be.
    """

    job_id: str
    queue: str
    turn: Turn | None
    full: bool

    @property
    def filed(self) -> str:
        """As the scripts of ``line_script.py`` write it down; empty if it should stand nowhere."""
        if self.turn is None or self.turn.pause is not None:
            return ""
        return f"{self.queue}|{self.turn.priority.rank}|{self.full:d}|{self.turn.project}"
