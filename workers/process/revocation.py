"""Flower's Terminate button: revoking the id of a job cancels the job.

A job is not a Celery task, so Celery's own ``revoke`` would only note its id. It is wrapped here, in the
parent of each worker, and still does what it did for real tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from celery import Celery
from celery.worker.control import Panel

from dispatch.submission import request_cancel
from jobs import keys
from jobs.errors import JobError
from settings import Settings
from workers.process.opening import services

_log = structlog.get_logger(__name__)


def install(app: Celery, settings: Settings, *, worker: str) -> None:
    """Wrap the control command ``revoke`` of this process."""
    original = Panel.data["revoke"]

    def revoke(state: Any, task_id: str | Iterable[str], *args: Any, **kwargs: Any) -> Any:
        for job_id in [task_id] if isinstance(task_id, str) else list(task_id):
            _cancel(job_id, app, settings, worker)
        return original(state, task_id, *args, **kwargs)

    Panel.data["revoke"] = revoke


def _cancel(job_id: str, app: Celery, settings: Settings, worker: str) -> None:
    here = services(app, settings, worker=worker)
    try:
        if here.store.head(keys.active(job_id)) is not None:
            request_cancel(job_id, store=here.store, board=here.board, queue=here.queue)
            _log.info("job_revoked", job_id=job_id)
    except JobError as error:
        _log.warning("job_not_revoked", job_id=job_id, error=str(error))
