"""What the work on one step may know and do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.report import Report
from workers.step.pulse import Pulse
from workers.step.services import Services


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

    def report(self, **found: Any) -> Report:
        """The report of this attempt: whose it is, and what else is known, by the fields of ``Report``."""
        return Report(
            job_id=self.job.id,
            step=self.step,
            attempt=self.attempt,
            worker=self.services.worker,
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
            code_version=self.services.code_version,
            **found,
        )
