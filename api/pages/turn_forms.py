"""Takes what people say on the pages of whose turn it is: of a job, and of a queue."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.backend import BackendOf
from api.http.form_body import FormBody, first_text
from api.http.validation import field_problems, in_body, summary
from api.routes import queues, turns
from api.routes.jobs import JobId
from api.routes.queues import Queue
from api.routes.remarks import JobChange, apply_change
from jobs.errors import InvalidSpec

router = APIRouter(include_in_schema=False)
_SEE_OTHER = 303


@router.post("/jobs/{job_id}/turn")
def change_turn_from_page(job_id: JobId, backend: BackendOf, sent: FormBody) -> RedirectResponse:
    """Give the job another priority, and show it again."""
    try:
        change = JobChange.model_validate({"priority": first_text(sent, "priority")})
    except ValidationError as error:
        problems = field_problems(in_body(error))
        raise InvalidSpec(summary(problems)) from error
    apply_change(job_id, change, backend)
    return _to_job(job_id)


@router.post("/jobs/{job_id}/pause")
def pause_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Pause the job, and show it again."""
    turns.pause_job(job_id, backend)
    return _to_job(job_id)


@router.post("/jobs/{job_id}/resume")
def resume_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Let the job go on, and show it again."""
    turns.resume_job(job_id, backend)
    return _to_job(job_id)


@router.post("/operations/queues/{queue}/pause")
def pause_queue_from_page(queue: Queue, backend: BackendOf) -> RedirectResponse:
    """Pause the queue, and show what goes on."""
    queues.pause_queue(queue, backend)
    return RedirectResponse("/operations#queues", status_code=_SEE_OTHER)


@router.post("/operations/queues/{queue}/resume")
def resume_queue_from_page(queue: Queue, backend: BackendOf) -> RedirectResponse:
    """Have steps taken from the queue again, and show what goes on."""
    queues.resume_queue(queue, backend)
    return RedirectResponse("/operations#queues", status_code=_SEE_OTHER)


def _to_job(job_id: str) -> RedirectResponse:
    return RedirectResponse(f"/jobs/{job_id}", status_code=_SEE_OTHER)
