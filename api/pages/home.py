"""Shows the page at ``/``: jobs, newest first, with their progress; trials are on the page of their sweep."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.backend import Backend, BackendOf
from api.pages.templates import render
from api.readers.job_query import JobQuery
from jobs.errors import BoardUnavailable
from jobs.job import JobResource

router = APIRouter(include_in_schema=False)
JOBS_PER_PAGE = 50


@router.get("/")
def show_jobs(
    request: Request, backend: BackendOf, after: Annotated[str | None, Query(max_length=100)] = None
) -> HTMLResponse:
    """A table of jobs; without the broker, what the store knows of them."""
    jobs, following, trouble = _jobs(backend, JobQuery(parent="", limit=JOBS_PER_PAGE, after=after))
    context = {"jobs": jobs, "next": following, "after": after, "trouble": trouble, "limit": JOBS_PER_PAGE}
    return render(request, "home.html", context, status=503 if trouble else 200)


def _jobs(backend: Backend, query: JobQuery) -> tuple[list[JobResource], str | None, str | None]:
    try:
        return *backend.jobs.page(query), None
    except BoardUnavailable as error:
        return *backend.jobs.page(query, live=False), str(error)
