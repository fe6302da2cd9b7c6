"""Makes a new job of the images of an explanation that failed."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.routes.jobs import IdempotencyKey, JobId, accept_job
from jobs.job import JobResource, Origin

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "/{job_id}:retry",
    status_code=202,
    responses=problems(404, 422, 503, p409="The job is not over, is no explanation, or none of its images failed."),
)
def retry_job(
    job_id: JobId, response: Response, backend: BackendOf, idempotency_key: IdempotencyKey = None
) -> JobResource:
    """Make a new job of the images that failed, and of no others; the old job and its results stay as they are.

    Pictures of a folder are read as they are now: one that was replaced since is taken with its new bytes, and
    `pictures_replaced` in the summary counts those.

    The new job says `retry_of`. It asks for the same as the old one, but for `max_failure_rate`, which is 1: images
    that fail again are told of one by one, and do not make a failure of the whole.
    """
    job = backend.jobs.resource(job_id, live=False)
    if not job.spec.retryable:
        raise HTTPException(409, f"job {job_id} is of kind {job.kind!r}: only the images of an explanation are retried")
    if not job.state.terminal:
        raise HTTPException(409, f"job {job_id} is not over: wait for its end, or cancel it")
    if not job.progress.failed:
        raise HTTPException(409, f"no image of job {job_id} failed: there is nothing to retry")
    again = backend.jobs.job(job_id).spec.model_copy(update={"max_failure_rate": 1.0})
    again.check_methods()
    origin = Origin(project=job.project, retry_of=job_id)
    return accept_job(again, response, backend, idempotency_key=idempotency_key, origin=origin)
