"""One step, once: take the lease, do the work, commit the report, enqueue what comes next.

Every way out leaves the job so that the reconciler, or the next message, goes on from there.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime

import structlog
from ulid import ULID

from dispatch.lease import Lease
from dispatch.metrics.table import STOPPING
from dispatch.names import queue_of
from dispatch.submission import request_cancel
from dispatch.traces import tracing
from dispatch.traces.spans import Span
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, InvalidSpec, ObjectExists, Permanent, Retryable
from jobs.job import Job
from jobs.plan import FINALIZE, PLAN
from jobs.results.report import Report
from jobs.state import TERMINAL, JobState
from workers.kinds.table import KINDS
from workers.lifecycle import finalize_job, plan_job
from workers.lifecycle.advance_job import advance
from workers.lifecycle.broken_step import as_retryable, give_up, lacked_memory, retry_later
from workers.lifecycle.hopeless import refuse_hopeless
from workers.lifecycle.job_turn import let_out, why_held
from workers.lifecycle.plan_cache import cached_plan
from workers.lifecycle.reports import read_plan
from workers.step import tally
from workers.step.interruption import Cancelled, Interruption, LeaseLost, Paused, Stopping, Waiting
from workers.step.kept_images import forget_kept
from workers.step.pulse import Pulse
from workers.step.services import Services
from workers.step.step_context import StepContext

_PLANNED, _COMMITTED = "planned", "committed"
_DONE = {_PLANNED, _COMMITTED, *TERMINAL}


def run_step(job_id: str, step: str, services: Services) -> str:
    """Run a step unless it is done, taken or pointless; returns what became of it, for the log."""
    if services.store.head(keys.end(job_id)) is not None:
        return "job is over"
    if services.store.head(keys.report(job_id, step)) is not None:
        advance(job_id, services, completed=step)
        return "done before"
    job = Job.decode(services.store.get(keys.spec(job_id)))
    reason = why_held(job, step, services)
    if reason:
        services.board.counters.postpone(job_id, step, delay_s=0)  # reconciliation enqueues it once it may be taken
    elif step == PLAN:
        reason = _why_not_planned(job, services)
    if reason:
        return reason
    lease = services.leases.take(job_id, step, token=str(ULID()).lower())
    if lease is None:
        return "taken"
    try:
        with structlog.contextvars.bound_contextvars(**owner_of(job)), _traced(job, lease, services) as span:
            _let_follow(lease, services)
            outcome = _attempt(job, lease, services)
            span.note(outcome=outcome)
            return outcome
    finally:
        with suppress(BoardUnavailable):
            services.leases.release(lease)


def _why_not_planned(job: Job, services: Services) -> str:
    """Why there is nothing to plan now, in words; empty if there is."""
    if services.store.head(keys.plan(job.id)) is not None:
        advance(job.id, services)
        return "done before"
    if job.parent is not None and services.store.head(keys.end(job.parent)) is not None:
        # A worker that had stalled has submitted it after its parent had ended, and had cancelled what it had started.
        request_cancel(job.id, store=services.store, board=services.board, queue=services.queue)
        return f"job {job.parent} is over, for which it was started"
    return "waits for another job" if plan_job.waits(job, services) else ""


def _let_follow(lease: Lease, services: Services) -> None:
    """A message was taken, so there is room for another one."""
    with suppress(BoardUnavailable):
        let_out(queue_of(lease.step, services.board.turns.lane(lease.job_id)), services)


def owner_of(job: Job) -> dict[str, str]:
    """What log lines say of the job's owner; nothing where nobody had to say who they are."""
    return {"project": job.project, "submitter": job.submitter} if job.submitter else {}


def _traced(job: Job, lease: Lease, services: Services) -> AbstractContextManager[Span]:
    """A span in the trace that was begun when the job was submitted; none of jobs that nobody traced then."""
    if job.traceparent is None:
        return nullcontext(tracing.NO_SPAN)
    return tracing.span(
        tally.kind_of_step(lease.step, job.spec.kind),
        parent=job.traceparent,
        role="consumer",
        job_id=job.id,
        kind=job.spec.kind,
        step=lease.step,
        attempt=lease.token,
        worker=services.worker,
    )


def _attempt(job: Job, lease: Lease, services: Services) -> str:
    """One attempt; it counts as the death of its worker until it is left in an orderly way, whatever the outcome."""
    deaths = services.board.counters.count_attempt(job.id, lease.step) - 1
    tally.step_died(job, lease.step, deaths, services)
    try:
        outcome = _outcome(job, lease, services, deaths)
    except Exception:
        _survive(lease, services)
        raise
    _survive(lease, services)
    return outcome


def _survive(lease: Lease, services: Services) -> None:
    with suppress(BoardUnavailable):
        services.board.counters.survive_attempt(lease.job_id, lease.step)


def _outcome(job: Job, lease: Lease, services: Services, deaths: int) -> str:
    try:
        return _work_or_give_up(job, lease, services, deaths)
    except Interruption as reason:
        return _interrupted(reason, job, lease, services)
    except Retryable as error:
        return retry_later(error, job, lease, services)
    except Exception as error:  # noqa: BLE001  (a fault of ours: tried again, then told to the user)
        if lacked_memory(error):  # the system might as well have ended this worker: that is counted, and bounded
            with suppress(BoardUnavailable):
                services.board.counters.count_attempt(job.id, lease.step)
        return retry_later(as_retryable(error, lease), job, lease, services)


def _work_or_give_up(job: Job, lease: Lease, services: Services, deaths: int) -> str:
    try:
        return _work(job, lease, services, deaths)
    except (InvalidSpec, Permanent) as error:
        return give_up(error, job, lease, services)


def _work(job: Job, lease: Lease, services: Services, deaths: int) -> str:
    began = time.monotonic()
    outcome = _do(job, lease, services, deaths)
    if outcome in _DONE:
        tally.step_took(time.monotonic() - began, lease.step, kind=job.spec.kind, services=services)
    return outcome


def _do(job: Job, lease: Lease, services: Services, deaths: int) -> str:
    if lease.step == PLAN:
        refuse_hopeless(lease, services, deaths)
        with Pulse(services, job, lease, total=None, unit=""):  # a data set may have to be downloaded first
            plan_job.plan_job(job, services)
        return _PLANNED
    if lease.step == FINALIZE:
        refuse_hopeless(lease, services, deaths)
        return _finalize(job, lease, services)
    plan = cached_plan(job.id, services.store)
    if services.store.head(keys.cancel(job.id)) is not None:
        raise Cancelled(f"job {job.id} is to stop")
    refuse_hopeless(lease, services, deaths, plan=plan)
    with Pulse(services, job, lease, total=plan.total, unit=plan.unit) as pulse:
        _show_begun(job, services)
        context = StepContext(services, job, plan, lease.step, lease.token, datetime.now(UTC), deaths, pulse)
        report = KINDS[plan.kind].run(context)
        pulse.check()
        won = _commit(report, lease, services)
    if won:
        forget_kept(job.id, lease.step, services.store)
        tally.step_committed(job, plan, report, services)
    advance(job.id, services, completed=lease.step)
    return _COMMITTED if won else "done before"


def _show_begun(job: Job, services: Services) -> None:
    """The job runs from the moment that a worker begins with the first of its steps."""
    with suppress(BoardUnavailable):
        shown = services.board.progress.snapshot(job.id)
        if shown is not None and shown.state is JobState.QUEUED:
            now, progress = datetime.now(UTC), shown.progress.model_copy(update={"message": "starting"})
            changes = {"state": JobState.RUNNING, "started_at": now, "updated_at": now, "progress": progress}
            services.board.progress.publish(shown.model_copy(update=changes))
            services.events.started(job)


def _finalize(job: Job, lease: Lease, services: Services) -> str:
    plan = read_plan(job.id, services)
    with Pulse(services, job, lease, total=plan.total if plan else None, unit=plan.unit if plan else "") as pulse:
        return finalize_job.finalize_job(job, plan, services, pulse)


def _commit(report: Report, lease: Lease, services: Services) -> bool:
    """Write the marker, if the lease is still ours; False where somebody has written it before."""
    data = _readable(report)
    with suppress(BoardUnavailable):  # without Redis the store alone decides who was first
        if not services.leases.renew(lease):
            raise LeaseLost(f"{lease.step} of job {lease.job_id} is another worker's now")
    try:
        services.store.put(keys.report(lease.job_id, lease.step), data, if_absent=True, content_type="application/json")
    except ObjectExists:
        return False
    return True


def _readable(report: Report) -> bytes:
    """The bytes of the marker, once they were read back: nobody could mend one that cannot be read.

    Raises:
        Corrupt: they cannot.
    """
    data = report.encode()
    try:
        Report.decode(data)
    except Corrupt as error:
        raise Corrupt(f"{report.step} found what cannot be stored: {error}") from error
    return data


def _interrupted(reason: Interruption, job: Job, lease: Lease, services: Services) -> str:
    with suppress(BoardUnavailable):
        services.leases.release(lease)
        if isinstance(reason, Stopping):
            services.queue.enqueue(job.id, lease.step)
            tally.step_retried(STOPPING, services)
        if isinstance(reason, Paused):
            services.board.counters.postpone(job.id, lease.step, delay_s=0)
        if isinstance(reason, Waiting):
            services.board.counters.postpone(job.id, lease.step, delay_s=reason.delay_s)
        if isinstance(reason, Cancelled):
            services.queue.enqueue(job.id, FINALIZE)
    return str(reason)
