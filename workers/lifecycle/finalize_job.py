"""Finalizing: make the files of the job as a whole, decide how it ended, end it."""

from __future__ import annotations

from dispatch.submission import stop_reason
from jobs import keys
from jobs.job import Job, Problem
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.results.failure_rate import too_many_failed
from jobs.results.image_counts import add_counts
from jobs.results.report import Report
from jobs.state import JobState
from workers.kinds.table import KINDS
from workers.lifecycle.advance_job import done_steps, rebuild
from workers.lifecycle.end_job import end_finished, end_unfinished
from workers.lifecycle.reports import read_reports
from workers.step.job_kind import FinishContext
from workers.step.pulse import Pulse
from workers.step.services import Services

_ASK_AGAIN_S = 1.0


def finalize_job(job: Job, plan: Plan | None, services: Services, pulse: Pulse) -> str:
    """End the job if all is done or it was cancelled; otherwise go back to what is missing."""
    if services.store.head(keys.end(job.id)) is not None:  # it ended after this step had been taken up
        return "job is over"
    if services.store.head(keys.cancel(job.id)) is not None:
        return finish_cancelling(job, list(plan.steps) if plan else [PLAN], services)
    if plan is None:
        return "not planned yet"
    done = done_steps(job.id, services)
    missing = [step for step in plan.steps if step not in done]
    if missing:
        services.windows.forget(job.id)
        rebuild(job.id, services)
        return f"{len(missing)} steps are missing"
    _show_finalizing(job, services)
    state = _finish(job, plan, services, pulse)
    services.queue.call_reconciler()
    return state.value


def _finish(job: Job, plan: Plan, services: Services, pulse: Pulse) -> JobState:
    """Gather what the steps have reported, make the job's files of it, and end the job."""
    from workers.tables.gathered_images import gathered_images  # noqa: PLC0415  (pyarrow)

    committed = read_reports(plan, services)
    reports = {step: report for step, (_, report) in committed.items()}
    with gathered_images(job, plan, reports, services.store, check=pulse.check) as images:
        context = FinishContext(job, plan, tuple(reports.values()), services, images, pulse.check)
        files = KINDS[plan.kind].finish(context)
        state, problem = decide_state(job, context.reports)
        pulse.check()
        end_finished(context, tuple(entry for entry, _ in committed.values()), state, files=files, problem=problem)
    return state


def finish_cancelling(job: Job, steps: list[str], services: Services) -> str:
    """End a cancelled job as soon as nobody works on it any more."""
    services.board.stop(job.id)
    if services.leases.held(job.id, steps):
        services.board.counters.postpone(job.id, FINALIZE, delay_s=_ASK_AGAIN_S)
        return "waits for its workers to stop"
    problem = stop_reason(job.id, services.store)
    state = JobState.CANCELLED if problem is None else JobState.FAILED
    return end_unfinished(job, state, services, problem=problem).state.value


def decide_state(job: Job, reports: tuple[Report, ...]) -> tuple[JobState, Problem | None]:
    """How a job with all its reports ended."""
    counts = add_counts(report.counts for report in reports)
    failed = counts.failed + sum(len(report.skipped) for report in reports)
    if failed == 0:
        return JobState.SUCCEEDED, None
    kind = KINDS[job.spec.kind]
    reason, first = too_many_failed(counts, kind.max_failure_rate(kind.asked(job))), counts.first_error
    if first is not None and reason is not None:
        return JobState.FAILED, Problem(message=f"{reason}; the first is {first.image_id}: {first.error}")
    return JobState.COMPLETED_WITH_ERRORS, None


def _show_finalizing(job: Job, services: Services) -> None:
    snapshot = services.board.progress.snapshot(job.id)
    if snapshot is not None:
        services.board.progress.publish(snapshot.model_copy(update={"state": JobState.FINALIZING}))
