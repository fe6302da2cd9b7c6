"""Shows the log of a job, also while it grows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.readers.jobs.log_reader import log_events
from api.routes.jobs import JobId
from jobs.live.log_line import MOST_LINES, LogLine

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_LINE_ID = r"^([0-9]{1,15}-[0-9]{1,15})?$"
AfterLine = Annotated[str, Query(max_length=40, pattern=_LINE_ID, description="`next` of the answer before.")]
LastLine = Annotated[str | None, Header(max_length=100)]
Lines = Annotated[int, Query(ge=1, le=MOST_LINES, description="At most so many.")]

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events named `line`, each a line as JSON, whose id is that of the line; `end` is the last.",
        "content": {"text/event-stream": {}},
    },
    **problems(404, 422, 503),
}


class JobLog(BaseModel):
    """Lines of a job's log, the first one first."""

    items: list[LogLine]
    next: str = Field(description="`after` of the lines that come next, now or later.")
    over: bool = Field(description="Whether the job is over, and all its lines are known.")


@router.get("/{job_id}/log", responses=problems(404, 422, 503))
def read_log(job_id: JobId, backend: BackendOf, after: AfterLine = "", limit: Lines = MOST_LINES) -> JobLog:
    """What workers said of the job: its last 2,000 lines or so, from the board while it runs, stored at its end."""
    backend.jobs.row(job_id, live=False)
    over = backend.logs.is_over(job_id)
    lines = backend.logs.lines(job_id, after=after, limit=limit)
    return JobLog(items=lines, next=lines[-1].id if lines else after, over=over and len(lines) < limit)


@router.get("/{job_id}/log/events", responses=_EVENTS, response_class=StreamingResponse)
def follow_log(job_id: JobId, backend: BackendOf, after: AfterLine = "", last_event_id: LastLine = None) -> Response:
    """The lines that there are behind `after`, then each line as it comes, until the job is over."""
    backend.jobs.row(job_id, live=False)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = log_events(backend.logs, job_id, after=last_event_id or after)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
