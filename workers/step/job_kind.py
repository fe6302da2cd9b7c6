"""What differs between kinds of jobs: how one is planned, how a step runs, which files its reports become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jobs import keys
from jobs.errors import InvalidSpec
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.specs.spec import AnySpec
from workers.step.file_writer import FileWriter
from workers.step.services import Services
from workers.step.step_context import StepContext

if TYPE_CHECKING:
    from workers.tables.gathered_images import GatheredImages

Spec = TypeVar("Spec", bound=AnySpec)


@dataclass(frozen=True)
class PlanContext:
    """A job whose plan is to be made; ``now`` goes into the plan."""

    job: Job
    services: Services
    now: datetime

    def plan(self, *, total: int, unit: str, **parts: Any) -> Plan:
        """The plan of this job; ``parts`` are further fields of ``Plan``."""
        return Plan(job_id=self.job.id, kind=self.job.spec.kind, created_at=self.now, total=total, unit=unit, **parts)


def never() -> None:
    """A check that never stops anything."""


@dataclass(frozen=True)
class FinishContext:
    """A job whose work is over.

    Attributes:
        reports: of its steps in the plan's order: of all, or of those that were done when it was cancelled or failed.
        images: the rows of all images that these reports tell of; none where the job is no work on images.
        check: called while files are made; may raise to stop.
    """

    job: Job
    plan: Plan
    reports: tuple[Report, ...]
    services: Services
    images: GatheredImages
    check: Callable[[], None] = never

    @property
    def files(self) -> FileWriter:
        """Where the files of the job as a whole are written."""
        return FileWriter(self.services.store, keys.job(self.job.id))


def no_files(_: Any, __: FinishContext) -> tuple[Artifact, ...]:
    """Make no files: the reports of the steps are enough."""
    return ()


def no_children(_: Job, __: Services) -> None:
    """The job's own steps stop by themselves, and it started nothing else."""


def any_number(_: Any) -> float:
    """A job may succeed however many of its images failed."""
    return 1.0


@dataclass(frozen=True)
class JobKind(Generic[Spec]):
    """One kind of job. Whatever loads TensorFlow does so when it is called.

    Attributes:
        spec: the class of its specifications.
        make_plan: the steps; raises InvalidSpec for what the API could not check.
        run_step: one step; raises Interruption, InvalidSpec, Permanent or Retryable.
        summarize: the job in a few numbers.
        make_files: the files of the job as a whole, made once all steps are done; may be asked for again.
        salvage_files: files worth making or keeping of a job that is cancelled or fails.
        cancel_children: cancel the jobs that this one started, when it fails or is cancelled.
        max_failure_rate: the share of images that may fail before the job does; None: as
            ``jobs.results.failure_rate`` says.
    """

    spec: type[Spec]
    make_plan: Callable[[Spec, PlanContext], Plan]
    run_step: Callable[[Spec, StepContext], Report]
    summarize: Callable[[FinishContext], dict[str, Any]]
    make_files: Callable[[Spec, FinishContext], tuple[Artifact, ...]] = no_files
    salvage_files: Callable[[Spec, FinishContext], tuple[Artifact, ...]] = no_files
    cancel_children: Callable[[Job, Services], None] = no_children
    max_failure_rate: Callable[[Spec], float | None] = any_number

    def plan(self, context: PlanContext) -> Plan:
        """See ``make_plan``."""
        return self.make_plan(self.asked(context.job), context)

    def run(self, context: StepContext) -> Report:
        """See ``run_step``."""
        return self.run_step(self.asked(context.job), context)

    def finish(self, context: FinishContext) -> tuple[Artifact, ...]:
        """See ``make_files``."""
        return self.make_files(self.asked(context.job), context)

    def salvage(self, context: FinishContext) -> tuple[Artifact, ...]:
        """See ``salvage_files``."""
        return self.salvage_files(self.asked(context.job), context)

    def asked(self, job: Job) -> Spec:
        """The job's specification.

        Raises:
            InvalidSpec: it is that of another kind of job.
        """
        if not isinstance(job.spec, self.spec):
            raise InvalidSpec(f"job {job.id} is of kind {job.spec.kind!r}, not one that {self.spec.__name__} describes")
        return job.spec


def of_reports(
    summarize: Callable[[tuple[Report, ...]], dict[str, Any]],
) -> Callable[[FinishContext], dict[str, Any]]:
    """Summarize a job by its reports alone."""
    return lambda context: summarize(context.reports)
