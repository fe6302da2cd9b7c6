"""Ends jobs that did not end by their deadline, and says what they had done by then."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from dispatch.submission import request_stop
from jobs.job import Problem
from workers.step.services import Services

_log = structlog.get_logger(__name__)


def end_late(job_id: str, deadline: datetime, services: Services) -> None:
    """Have a job stop that goes on after its deadline; what it has done is kept, and it fails with this reason."""
    problem = Problem(message=_why(job_id, deadline, services), field="deadline")
    request_stop(job_id, problem, store=services.store, board=services.board, queue=services.queue)
    _log.warning("deadline_passed", job_id=job_id, reason=problem.message)


def _why(job_id: str, deadline: datetime, services: Services) -> str:
    passed = f"its deadline, {deadline.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, has passed"
    turn = services.board.turns.of([job_id]).get(job_id)
    if turn is not None and turn.pause is not None:
        passed += f" while it was {turn.pause.in_words()}"
    shown = services.board.progress.snapshot(job_id)
    if shown is None or shown.started_at is None:
        return f"{passed}, and no worker had begun with it: submit it again with a later one, or a higher priority"
    progress = shown.progress
    of = f" of {progress.total:g}" if progress.total else ""
    return (
        f"{passed}, with {progress.done:g}{of} {progress.unit} done, which are kept: submit it again with a later one"
    )
