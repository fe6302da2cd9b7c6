"""What becomes of a step that broke: it is tried again after a while, or its job ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import structlog

from dispatch.lease import Lease
from dispatch.metrics.table import ERROR, OUTAGE
from dispatch.traces import tracing
from jobs import keys
from jobs.errors import (
    BoardUnavailable,
    Exhausted,
    InvalidSpec,
    NewerVersion,
    Permanent,
    Retryable,
    StoreUnavailable,
    is_exhaustion,
    with_causes,
)
from jobs.job import Job, Problem
from jobs.plan import FINALIZE
from jobs.state import JobState
from workers.lifecycle.end_job import end_bare, end_unfinished
from workers.lifecycle.hopeless import Hopeless
from workers.step import tally
from workers.step.pulse import Pulse
from workers.step.services import Services

_log = structlog.get_logger(__name__)
MAX_FAILURES = 5
_LONGEST_DELAY_S = 60.0
_OUTAGES = (StoreUnavailable, BoardUnavailable, Exhausted, NewerVersion)


def as_retryable(error: Exception, lease: Lease) -> Retryable:
    """What broke a step, as a trouble that may pass; logged, with where it happened if it is a fault of ours."""
    message = f"{type(error).__name__}: {error}"
    if is_exhaustion(error):
        _log.warning("step_had_no_room", job_id=lease.job_id, step=lease.step, error=message)
        return Exhausted(message)
    _log.exception("step_broke", job_id=lease.job_id, step=lease.step)
    return Retryable(message)


def lacked_memory(error: Exception) -> bool:
    """Whether it broke for want of memory: how much a step needs of that, it needs every time."""
    return any(isinstance(each, MemoryError) for each in with_causes(error))


def retry_later(error: Retryable, job: Job, lease: Lease, services: Services) -> str:
    """Let the reconciler try again after a while; an outage is waited out, however long."""
    outage = isinstance(error, _OUTAGES)
    counted = f"{lease.step}:outage" if outage else lease.step
    failures = services.board.counters.count_failure(job.id, counted)
    if failures >= MAX_FAILURES and not outage:
        message = f"{lease.step} failed {failures} times, last: {error}"
        try:
            return _fail(job, Problem(message=message), lease, services) or f"failed: {message}"
        except Retryable as trouble:
            error = trouble
    tracing.current().fail(str(error))
    delay_s = min(2.0 ** min(failures, 6), _LONGEST_DELAY_S)
    services.board.counters.postpone(job.id, lease.step, delay_s=delay_s)
    tally.step_retried(OUTAGE if outage else ERROR, services)
    _show_message(services, job.id, f"{lease.step} is tried again in {delay_s:.0f} s: {error}")
    return f"tried again in {delay_s:.0f} s: {error}"


def give_up(error: InvalidSpec | Permanent, job: Job, lease: Lease, services: Services) -> str:
    """End the job for an error that no further try mends; returns what became of the step, for the log.

    Raises:
        Exhausted: the machine had no room left: what could not be read or written then may be sound.
    """
    if is_exhaustion(error) and not lacked_memory(error):
        raise Exhausted(str(error)) from error
    field, verb = (error.field, "refused") if isinstance(error, InvalidSpec) else ("", "failed")
    bare = isinstance(error, Hopeless) and error.bare
    return _fail(job, Problem(message=str(error), field=field), lease, services, bare=bare) or f"{verb}: {error}"


def _fail(job: Job, problem: Problem, lease: Lease, services: Services, *, bare: bool = False) -> str:
    """End the job, and keep what its unfinished steps have left; making a report of that may outlast the lease.

    Who ends a job holds the lease of its finalizing, so that all of its files come from one worker. Where another
    worker holds it, this step is left until that one has ended the job, or died. Returns why this call did not end
    the job; empty if it did.
    """
    tracing.current().fail(problem.message)
    with _finalizing(lease, services) as finalizing:
        if finalizing is None:
            services.board.counters.postpone(job.id, lease.step, delay_s=services.leases.ttl_s)
            return f"put off while another worker finalizes the job: {problem.message}"
        if services.store.head(keys.end(job.id)) is not None:
            return f"job is over: {problem.message}"
        if bare:
            end_bare(job, problem, services)
        else:
            with ExitStack() as renewed:
                for each in {each.step: each for each in (lease, finalizing)}.values():  # one, if finalizing failed
                    renewed.enter_context(_renewed(each, job, services))
                end_unfinished(job, JobState.FAILED, services, problem=problem)
    return ""


def _renewed(lease: Lease, job: Job, services: Services) -> Pulse:
    return Pulse(services, job, lease, total=None, unit="")


@contextmanager
def _finalizing(lease: Lease, services: Services) -> Iterator[Lease | None]:
    """The lease of the job's finalizing; None while another worker has it."""
    if lease.step == FINALIZE:
        yield lease
        return
    finalizing = services.leases.take(lease.job_id, FINALIZE, token=f"{lease.token}-{FINALIZE}")
    try:
        yield finalizing
    finally:
        if finalizing is not None:
            with suppress(BoardUnavailable):
                services.leases.release(finalizing)


def _show_message(services: Services, job_id: str, message: str) -> None:
    snapshot = services.board.progress.snapshot(job_id)
    if snapshot is not None:
        progress = snapshot.progress.model_copy(update={"message": message})
        services.board.progress.publish(snapshot.model_copy(update={"progress": progress}))
