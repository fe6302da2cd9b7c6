"""Restores what the board showed of a job from its reports, after Redis has lost it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dispatch.refusal import unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Snapshot
from jobs.live.progress import Progress
from jobs.plan import Plan
from jobs.results.report import Report
from jobs.state import JobState
from workers.step.services import Services
from workers.step.tally import FIRST_SHARD

REPORTS_AT_ONCE = 50


def restore_progress(plan: Plan, done: set[str], services: Services) -> None:
    """Show what the reports say is done; how many of their images failed is read from them little by little."""
    progress = services.board.progress
    finished = [part for part in plan.parts if part.step in done]
    totals = progress.counts.note(plan.job_id, {part.step: (part.size, None) for part in finished})
    counted = [shard.step for shard in plan.shards if shard.step in done]
    if counted:
        progress.counts.leave_uncounted(plan.job_id, counted)
        services.board.metrics.first_time(FIRST_SHARD, plan.job_id)
    shown = Progress(done=totals.done, failed=totals.failed, total=plan.total, unit=plan.unit)
    state, started = (JobState.RUNNING, plan.created_at) if done else (JobState.QUEUED, None)
    progress.restore(Snapshot(job_id=plan.job_id, state=state, started_at=started, progress=shown))


def count_failed(job_id: str, services: Services, *, renew: Callable[[], None] = no_lead) -> None:
    """Read from some reports how many images failed, where Redis has lost that, and show it.

    Args:
        job_id: which.
        services: of this worker.
        renew: called again and again, since reading may take long.
    """
    progress = services.board.progress
    steps = progress.counts.uncounted(job_id, limit=REPORTS_AT_ONCE)
    counts = ((step, _count_or_none(job_id, step, services, renew)) for step in renewing(steps, renew))
    found = {step: count for step, count in counts if count is not None}
    totals = progress.counts.note(job_id, found)
    progress.counts.drop_uncounted(job_id, steps)
    shown = progress.snapshot(job_id)
    if shown is not None and shown.progress.failed != totals.failed:
        restored = shown.progress.model_copy(update={"failed": totals.failed})
        progress.publish(shown.model_copy(update={"progress": restored}))


def _count_or_none(
    job_id: str, step: str, services: Services, renew: Callable[[], None]
) -> tuple[float, int | None] | None:
    """Of a report that is refused there is no count, like of one that cannot be read."""
    count = partial(_count, job_id, step, services)
    return unless_refused(count, services.store, otherwise=None, renew=renew, job_id=job_id, step=step)


def _count(job_id: str, step: str, services: Services) -> tuple[float, int | None] | None:
    try:
        counts = Report.decode(services.store.get(keys.report(job_id, step))).counts
    except (Corrupt, NewerVersion, ObjectNotFound):
        return None
    return counts.images, counts.failed
