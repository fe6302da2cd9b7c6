"""One step, once: take the lease, do the work, commit the report, enqueue what comes next.

Every way out leaves the job so that the reconciler, or the next message, goes on from there.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import structlog
from ulid import ULID

from dispatch.lease import Lease
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, InvalidSpec, ObjectExists, Permanent, Retryable, StoreUnavailable
from jobs.job import Job, Problem
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.results.report import Report
from jobs.state import JobState
from workers.inputs.poison_images import deaths_by_images
from workers.kinds.table import KINDS
from workers.lifecycle import finalize_job, plan_job
from workers.lifecycle.advance_job import advance
from workers.lifecycle.end_job import end_job
from workers.lifecycle.reports import read_plan
from workers.step.interruption import Cancelled, Interruption, LeaseLost, Stopping, Waiting
from workers.step.pulse import Pulse
from workers.step.services import Services
from workers.step.step_context import StepContext

_log = structlog.get_logger(__name__)
MAX_DEATHS = 5
MAX_FAILURES = 5
_LONGEST_DELAY_S = 60.0


def run_step(job_id: str, step: str, services: Services) -> str:
    """Run a step unless it is done, taken or pointless; returns what became of it, for the log."""
    if services.store.head(keys.end(job_id)) is not None:
        return "job is over"
    if services.store.head(keys.report(job_id, step)) is not None:
        advance(job_id, services, completed=step)
        return "done before"
    job = Job.decode(services.store.get(keys.spec(job_id)))
    if step == PLAN and services.store.head(keys.plan(job_id)) is not None:
        return "done before"
    if step == PLAN and plan_job.waits(job, services):
        return "waits for its model"
    lease = services.leases.take(job_id, step, token=str(ULID()).lower())
    if lease is None:
        return "taken"
    try:
        return _attempt(job, lease, services)
    finally:
        with suppress(BoardUnavailable):
            services.leases.release(lease)


def _attempt(job: Job, lease: Lease, services: Services) -> str:
    deaths = services.board.counters.count_attempt(job.id, lease.step) - 1
    try:
        outcome = _work(job, lease, services, deaths)
    except Interruption as reason:
        outcome = _interrupted(reason, job, lease, services)
    except Retryable as error:
        outcome = _retry_later(error, job, lease, services)
    except InvalidSpec as error:
        _fail(job, Problem(message=str(error), field=error.field), lease, services)
        outcome = f"refused: {error}"
    except Permanent as error:
        _fail(job, Problem(message=str(error)), lease, services)
        outcome = f"failed: {error}"
    except Exception as error:  # noqa: BLE001  (a fault of ours: tried again, then told to the user)
        _log.exception("step_broke", job_id=job.id, step=lease.step)
        outcome = _retry_later(Retryable(f"{type(error).__name__}: {error}"), job, lease, services)
    with suppress(BoardUnavailable):
        services.board.counters.count_attempt(job.id, lease.step, by=-1)
    return outcome


def _work(job: Job, lease: Lease, services: Services, deaths: int) -> str:
    if lease.step == PLAN:
        with Pulse(services, job, lease, total=None, unit=""):  # a data set may have to be downloaded first
            plan_job.plan_job(job, services)
        return "planned"
    if lease.step == FINALIZE:
        return _finalize(job, lease, services)
    plan = Plan.decode(services.store.get(keys.plan(job.id)))
    if services.store.head(keys.cancel(job.id)) is not None:
        raise Cancelled(f"job {job.id} is to stop")
    _refuse_hopeless(plan, lease, services, deaths)
    with Pulse(services, job, lease, total=plan.total, unit=plan.unit) as pulse:
        context = StepContext(services, job, plan, lease.step, lease.token, datetime.now(UTC), deaths, pulse)
        report = KINDS[plan.kind].run(context)
        pulse.check()
        _commit(report, lease, services)
    advance(job.id, services, completed=lease.step)
    return "committed"


def _refuse_hopeless(plan: Plan, lease: Lease, services: Services, deaths: int) -> None:
    """Give up a step that ends every worker; deaths on one certain image do not count, as that image is left out.

    Raises:
        Permanent: it ended too many.
    """
    if deaths < MAX_DEATHS:
        return
    unexplained = deaths - deaths_by_images(lease.job_id, lease.step, services.store)
    if unexplained < MAX_DEATHS:
        return
    if not plan.shards:
        raise Permanent(f"{lease.step} ended its worker {deaths} times without getting any further in between")
    raise Permanent(
        f"{lease.step} ended its worker {unexplained} times, and no single image is to blame: the workers' log may "
        "tell why; most often their memory does not suffice for the model"
    )


def _finalize(job: Job, lease: Lease, services: Services) -> str:
    plan = read_plan(job.id, services)
    with Pulse(services, job, lease, total=plan.total if plan else None, unit=plan.unit if plan else "") as pulse:
        return finalize_job.finalize_job(job, plan, services, pulse)


def _commit(report: Report, lease: Lease, services: Services) -> None:
    """Write the marker, if the lease is still ours and nobody has written it before."""
    data = _readable(report)
    with suppress(BoardUnavailable):  # without Redis the store alone decides who was first
        if not services.leases.renew(lease):
            raise LeaseLost(f"{lease.step} of job {lease.job_id} is another worker's now")
    with suppress(ObjectExists):
        services.store.put(
            keys.report(lease.job_id, lease.step),
            data,
            if_absent=True,
            content_type="application/json",
        )


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
        if isinstance(reason, Waiting):
            services.board.counters.postpone(job.id, lease.step, delay_s=reason.delay_s)
        if isinstance(reason, Cancelled):
            services.queue.enqueue(job.id, FINALIZE)
    return str(reason)


def _retry_later(error: Retryable, job: Job, lease: Lease, services: Services) -> str:
    """Let the reconciler try again after a while; an outage of the store is waited out, however long."""
    failures = services.board.counters.count_failure(job.id, lease.step)
    outage = isinstance(error, StoreUnavailable | BoardUnavailable)
    if failures >= MAX_FAILURES and not outage:
        message = f"{lease.step} failed {failures} times, last: {error}"
        _fail(job, Problem(message=message), lease, services)
        return message
    delay_s = min(2.0 ** min(failures, 6), _LONGEST_DELAY_S)
    services.board.counters.postpone(job.id, lease.step, delay_s=delay_s)
    _say(services, job.id, f"{lease.step} is tried again in {delay_s:.0f} s: {error}")
    return f"tried again in {delay_s:.0f} s: {error}"


def _fail(job: Job, problem: Problem, lease: Lease, services: Services) -> None:
    """End the job, and keep what its unfinished steps have left; making a report of that may outlast the lease."""
    with Pulse(services, job, lease, total=None, unit=""):
        end_job(job, JobState.FAILED, services, problem=problem)


def _say(services: Services, job_id: str, message: str) -> None:
    snapshot = services.board.progress.snapshot(job_id)
    if snapshot is not None:
        progress = snapshot.progress.model_copy(update={"message": message})
        services.board.progress.publish(snapshot.model_copy(update={"progress": progress}))
