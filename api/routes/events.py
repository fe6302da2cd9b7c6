"""Lets clients watch a job while it runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.readers.jobs.event_stream import job_events
from api.readers.jobs.job_watch import event_id
from api.routes.jobs import JobId

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
LastEventId = Annotated[str | None, Header(max_length=100)]

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events named `snapshot`: the job, as JSON.", "content": {"text/event-stream": {}}},
    204: {"description": "The job is over, and the client has its last event."},
    **problems(404, 422, 503),
}


@router.get("/{job_id}/events", responses=_RESPONSES, response_class=StreamingResponse)
def watch_job(job_id: JobId, backend: BackendOf, last_event_id: LastEventId = None) -> Response:
    """A stream of what `GET /v1/jobs/{id}` would say, one event per change; it ends when the job does."""
    job = backend.jobs.resource(job_id)
    if job.state.terminal and event_id(job) == last_event_id:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = job_events(backend.watch, job_id, seen=last_event_id)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
