"""The Celery tasks: run one step, or reconcile all jobs, and log the outcome."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import structlog
from celery import current_app, shared_task, signals
from celery.app.task import Task

from dispatch.names import CLEAN_UP, RECONCILE, RUN_STEP
from dispatch.step_queue import waited_s
from jobs.errors import Corrupt, Retryable
from workers.app import CLEAN_UP_EVERY_S, settings
from workers.lifecycle.clean_up_round import clean_up_if_due
from workers.lifecycle.reconcile import reconcile
from workers.lifecycle.run_step import run_step
from workers.process import job_log, warmth
from workers.process.opening import services
from workers.step import shutdown, tally
from workers.step.services import Services

_log = structlog.get_logger(__name__)
REST_S = 0.25
"""Calls to reconcile that have piled up in the queue become one."""
SWITCH_S = 0.0005
"""How long a thread may keep others from Python. By default it is 5 ms: for so long may a computed batch wait while
others draw, and nobody gives the network its next one."""


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


@shared_task(name=CLEAN_UP, bind=True)
def clean_up_task(self: Task[..., None]) -> None:
    """Delete what is kept no longer, and remove what was deleted a day ago; calls that have piled up become one."""
    try:
        clean_up_if_due(_services(str(self.request.hostname)), every_s=CLEAN_UP_EVERY_S / 2)
    except Retryable as error:
        _log.warning("not_cleaned_up", error=str(error))


@signals.worker_process_init.connect
def _take_turns(**_: Any) -> None:
    sys.setswitchinterval(SWITCH_S)


@signals.worker_process_init.connect
def _warm_up(**_: Any) -> None:
    """In a child of an interactive worker: load TensorFlow now, before somebody waits for it."""
    if warmth.wanted():
        importlib.import_module("workers.kinds.preview.draw_preview")
        _log.info("child_is_warm")


def _services(worker: str) -> Services:
    here = services(current_app, settings, worker=worker)
    job_log.attach(here.board, worker)
    return here
