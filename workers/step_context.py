"""What the work on one step may know and do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan
from workers.pulse import Pulse
from workers.services import Services


@dataclass(frozen=True)
class StepContext:
    """One attempt at one step.

    Attributes:
        deaths: earlier attempts whose worker died at this step.
    """

    services: Services
    job: Job
    plan: Plan
    step: str
    attempt: str
    started_at: datetime
    deaths: int
    pulse: Pulse

    def key(self, name: str) -> str:
        """Object key of a file of this attempt."""
        return keys.attempt(self.job.id, self.step, self.attempt) + name
