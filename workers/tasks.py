"""The Celery tasks: run one step, or reconcile all jobs, and log the outcome."""

from __future__ import annotations

import structlog
from celery import current_app, shared_task
from celery.app.task import Task

from dispatch.names import RECONCILE, RUN_STEP
from dispatch.step_queue import waited_s
from jobs.errors import Corrupt, Retryable
from workers.app import settings
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.process import job_log
from workers.process.opening import services
from workers.step import shutdown, tally
from workers.step.services import Services

_log = structlog.get_logger(__name__)
REST_S = 0.25
"""Calls to reconcile that have piled up in the queue become one."""


@shared_task(name=RUN_STEP, bind=True)
def run_step_task(self: Task[..., None], job_id: str, step: str) -> None:
    """Run one step; whatever goes wrong is in the job, not in the task."""
    shutdown.listen()
    with structlog.contextvars.bound_contextvars(job_id=job_id, step=step):
        try:
            here = _services(str(self.request.hostname))
            _log.info("step_taken")
            tally.message_waited(waited_s(vars(self.request)), job_id, step, here)
            outcome = run_step(job_id, step, here)
        except Retryable as error:
            outcome = f"left to the reconciler: {error}"
        except Corrupt as error:  # of the specification: the reconciler ends such a job
            outcome = f"the job cannot be read: {error}"
        _log.info("step_left", outcome=outcome)


@shared_task(name=RECONCILE, bind=True)
def reconcile_task(self: Task[..., None]) -> None:
    """Enqueue steps that got lost."""
    try:
        reconcile(_services(str(self.request.hostname)), rest_s=REST_S)
    except Retryable as error:
        _log.warning("not_reconciled", error=str(error))


def _services(worker: str) -> Services:
    here = services(current_app, settings, worker=worker)
    job_log.attach(here.board, worker)
    return here
