"""Pauses jobs and has them go on."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.problem_responses import problems
from api.routes.jobs import JobId
from jobs.job import JobResource

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_OVER = "The job is over, or cannot be read."


@router.post("/{job_id}:pause", responses=problems(404, 422, 503, p409=_OVER))
def pause_job(job_id: JobId, backend: BackendOf) -> JobResource:
    """Take no further step of a job. Steps under way end first, a training stops; again is fine."""
    not_over(job_id, backend)
    backend.turns.pause(job_id, current_caller().name)
    return backend.jobs.resource(job_id)


@router.post("/{job_id}:resume", responses=problems(404, 422, 503, p409=_OVER))
def resume_job(job_id: JobId, backend: BackendOf) -> JobResource:
    """Take steps of a paused job again, where it was."""
    not_over(job_id, backend)
    backend.turns.resume(job_id)
    return backend.jobs.resource(job_id)


def not_over(job_id: str, backend: Backend) -> None:
    """Let a job pass that is not over.

    Raises:
        ObjectNotFound: there is no such job.
        HTTPException: it is over.
    """
    job = backend.jobs.resource(job_id, live=False)
    if job.state.terminal:
        raise HTTPException(409, f"job {job_id} is over, it is {job.state.value}: nothing of it waits for its turn")
