"""Stores the log of a job that is over: until then it lies in Redis alone."""

from __future__ import annotations

import structlog

from jobs import keys
from jobs.errors import JobError
from jobs.live.log_line import StoredLog
from workers.process import job_log
from workers.step.services import Services

_log = structlog.get_logger(__name__)


def keep_log(job_id: str, services: Services) -> None:
    """Store the lines that there are. A log that cannot be kept must not keep the job from ending."""
    job_log.flush()
    try:
        lines = services.board.log.lines(job_id)
        if lines:
            stored = StoredLog(job_id=job_id, lines=tuple(lines))
            services.store.put(keys.log(job_id), stored.encode(), content_type="application/json")
            services.board.log.let_go(job_id)
    except JobError as error:
        _log.warning("log_not_kept", job_id=job_id, error=str(error))
