"""Reconciliation: enqueue again every step that got lost, going by the object store alone.

Every few seconds, for each job that is not over: a step is lost if it should be under way, but is not done, lies in
no queue, and no worker holds its lease.
"""

from __future__ import annotations

import math
import time

import structlog
from ulid import ULID

from jobs import keys
from jobs.errors import Corrupt, JobError, ObjectNotFound, Retryable
from jobs.job import Job, JobEnd
from jobs.plan import FINALIZE, PLAN
from workers.lifecycle.advance_job import let_out, rebuild
from workers.lifecycle.end_job import close
from workers.lifecycle.reports import read_plan
from workers.step.services import Services

_log = structlog.get_logger(__name__)
# A message that was just sent or just taken is in no queue and has no lease yet.
GRACE_S = 8.0
# A marker without a specification belongs to a submission under way, or to one that failed so long ago.
SUBMISSION_LIMIT_S = 600.0


def reconcile(services: Services) -> int:
    """One round over all jobs; returns how many steps were enqueued again."""
    waiting = services.queue.waiting()
    enqueued = 0
    for info in services.store.list(keys.ACTIVE_PREFIX):
        job_id = keys.job_of_active(info.key)
        try:
            enqueued += _reconcile_job(job_id, waiting, services)
        except Retryable:
            raise
        except JobError as error:  # one broken job must not hold up the others
            _log.error("job_not_reconciled", job_id=job_id, error=str(error))
    return enqueued


def _reconcile_job(job_id: str, waiting: set[tuple[str, str]], services: Services) -> int:
    if services.store.head(keys.end(job_id)) is not None:
        close(JobEnd.decode(services.store.get(keys.end(job_id))), services)
        return 0
    try:
        Job.decode(services.store.get(keys.spec(job_id)))
    except ObjectNotFound:
        if _age_s(job_id) > SUBMISSION_LIMIT_S:
            services.store.delete(keys.active(job_id))
        return 0
    cancelled = services.store.head(keys.cancel(job_id)) is not None
    wanted = _wanted(job_id, services, cancelled=cancelled)
    held = services.leases.held(job_id, wanted)
    present = held | {step for job, step in waiting if job == job_id}
    services.board.counters.clear_missing(job_id, *(step for step in wanted if step in present))
    return sum(_revive(job_id, step, services) for step in wanted if step not in present)


def _age_s(job_id: str) -> float:
    """Seconds since a job got its id; ids that tell no time are old."""
    try:
        return time.time() - ULID.from_str(job_id.upper()).timestamp
    except ValueError:
        return math.inf


def _wanted(job_id: str, services: Services, *, cancelled: bool) -> list[str]:
    """Steps that should be waiting in a queue or be worked on now."""
    try:
        plan = read_plan(job_id, services)
    except Corrupt:
        return [FINALIZE]  # which ends the job with this as its problem
    if plan is None:
        return [PLAN] if not cancelled else [FINALIZE]
    if cancelled:
        services.board.stop(job_id)
        return [FINALIZE]
    if not services.windows.begun(job_id):
        rebuild(job_id, services)
        _log.info("board_rebuilt", job_id=job_id)
    out = services.windows.out(job_id)
    let_out(job_id, services)
    return out or ([FINALIZE] if not services.windows.out(job_id) else [])


def _revive(job_id: str, step: str, services: Services) -> int:
    """Enqueue a step that has been missing for long enough, or whose delay is over."""
    due = services.board.counters.due(job_id).get(step)
    missing_s = services.board.counters.seconds_missing(job_id, step)
    if due is not None:
        if time.time() < due:
            return 0
        services.board.counters.clear_due(job_id, step)
    elif missing_s < GRACE_S:
        return 0
    services.board.counters.clear_missing(job_id, step)
    services.queue.enqueue(job_id, step)
    _log.info("step_enqueued_again", job_id=job_id, step=step)
    return 1
