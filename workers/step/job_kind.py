"""What a kind of job is to the workers: how it is planned, how a step is done, what is made of all reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs import keys
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.report import Report
from workers.step.services import Services
from workers.step.step_context import StepContext


@dataclass(frozen=True)
class PlanContext:
    """A job whose plan is to be made; ``now`` goes into the plan."""

    job: Job
    services: Services
    now: datetime


def never() -> None:
    """Nothing to stop for."""


@dataclass(frozen=True)
class FinishContext:
    """A job whose work is over.

    Attributes:
        reports: of its steps in the plan's order: of all, or of those that were done when it was cancelled or failed.
        check: called while files are made; may raise to stop.
    """

    job: Job
    plan: Plan
    reports: tuple[Report, ...]
    services: Services
    check: Callable[[], None] = never

    def put(self, name: str, data: bytes, content_type: str) -> Artifact:
        """Store a file of the job as a whole."""
        info = self.services.store.put(keys.file(self.job.id, name), data, content_type=content_type)
        return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)

    def put_file(self, name: str, path: Path, content_type: str) -> Artifact:
        """Store a file of the job as a whole that may be too large for memory."""
        info = self.services.store.put_file(keys.file(self.job.id, name), path, content_type=content_type)
        return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)


def no_files(_: FinishContext) -> tuple[Artifact, ...]:
    """The reports say all there is to say."""
    return ()


def no_children(_: Job, __: Services) -> None:
    """The job's own steps stop by themselves, and it started nothing else."""


@dataclass(frozen=True)
class JobKind:
    """What differs from kind to kind; whatever loads TensorFlow does so when it is called.

    Attributes:
        plan: the steps; raises InvalidSpec for what the API could not check.
        run: one step; raises Interruption, InvalidSpec, Permanent or Retryable.
        finish: the files of the job as a whole, made once all steps are done; may be asked for again.
        cancel_children: stop what the job started beside its own steps, when it fails or is cancelled.
        salvage: files worth making or keeping of a job that is cancelled or fails.
    """

    plan: Callable[[PlanContext], Plan]
    run: Callable[[StepContext], Report]
    finish: Callable[[FinishContext], tuple[Artifact, ...]] = no_files
    cancel_children: Callable[[Job, Services], None] = no_children
    salvage: Callable[[FinishContext], tuple[Artifact, ...]] = no_files
