"""Planning: check what the API could not, and write down the steps."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs import keys
from jobs.errors import ObjectExists
from jobs.job import Job, Snapshot
from jobs.live.progress import Progress
from jobs.plan import Plan
from jobs.specs.spec_values import UsesModel
from jobs.state import JobState
from workers.kinds.table import KINDS
from workers.lifecycle.advance_job import advance, begin_window
from workers.step.job_kind import PlanContext
from workers.step.services import Services

_ASK_AGAIN_S = 1.0


def waits(job: Job, services: Services) -> bool:
    """Whether the job must wait for another one, such as the training job that makes its model."""
    if not job.spec.awaited or services.store.head(keys.cancel(job.id)) is not None:
        return False
    awaited = next((each for each in job.spec.awaited if _under_way(each, services)), None)
    if awaited is None:
        return False
    what = f"the model of job {awaited}" if isinstance(job.spec, UsesModel) else f"job {awaited}"
    message = f"waits for {what}"
    if services.board.progress.snapshot(job.id) is None:
        services.events.received(job, args=message)
        services.board.progress.publish(Snapshot(job_id=job.id, progress=Progress(message=message)))
    services.board.counters.postpone(job.id, "plan", delay_s=_ASK_AGAIN_S)
    return True


def _under_way(job_id: str, services: Services) -> bool:
    """Whether there is such a job, and it has not ended."""
    return services.store.head(keys.spec(job_id)) is not None and services.store.head(keys.end(job_id)) is None


def plan_job(job: Job, services: Services) -> None:
    """Write the plan and enqueue the first steps.

    Raises:
        InvalidSpec: the data set, the split, the model or the target do not exist.
    """
    now = datetime.now(UTC)
    services.events.received(job)
    services.board.progress.publish(Snapshot(job_id=job.id, state=JobState.PLANNING, updated_at=now))
    plan = KINDS[job.spec.kind].plan(PlanContext(job, services, now))
    try:
        services.store.put(keys.plan(job.id), plan.encode(), if_absent=True, content_type="application/json")
    except ObjectExists:
        plan = Plan.decode(services.store.get(keys.plan(job.id)))
    planned = Snapshot(
        job_id=job.id,
        state=JobState.QUEUED,
        updated_at=now,
        progress=Progress(total=plan.total, unit=plan.unit, message="waits for a worker"),
    )
    services.board.progress.publish(planned)
    services.events.progressed(planned, job)
    begin_window(job, plan, services)
    advance(job.id, services)
