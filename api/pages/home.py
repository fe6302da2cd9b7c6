"""Shows the page at ``/``: the table of jobs, and what can be done with several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import Backend, BackendOf, backend_of
from api.http.form_body import FormBody, first_text, form_body
from api.pages.housekeeping.deletion_pages import delete_selected, deletion_page
from api.pages.job_table import COLUMNS, JobTable
from api.pages.templates import render
from api.routes.housekeeping.job_deletion import set_job_archived
from api.routes.jobs import cancel_job
from jobs.errors import BoardUnavailable, InvalidSpec, JobError
from jobs.job import JobResource
from jobs.lists.job_facts import JobFacts, facts_of_resource
from jobs.specs.compare_spec import COMPARABLE
from jobs.specs.spec import KINDS
from jobs.state import JobState

router = APIRouter(include_in_schema=False)
MOST_SELECTED = 100
_TWO = 2
_NOT_HERE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@router.get("/")
def show_jobs(request: Request, backend: BackendOf, table: Annotated[JobTable, Query()]) -> HTMLResponse:
    """A table of jobs; without the broker, what the store knows of them."""
    return _shown(request, backend, table)


def _shown(
    request: Request, backend: Backend, table: JobTable, *, why: str = "", ticked: Sequence[str] = (), status: int = 200
) -> HTMLResponse:
    jobs, following, trouble = _jobs(backend, table)
    context = {
        "jobs": jobs,
        "facts": _facts(jobs),
        "table": table,
        "titles": COLUMNS,
        "kinds": KINDS,
        "states": list(JobState),
        "next": table.url(after=following) if following else None,
        "trouble": trouble,
        "why": why,
        "ticked": frozenset(ticked),
    }
    return render(request, "home.html", context, status=503 if trouble else status)


@router.post("/jobs/selected")
def do_with_selected(request: Request, backend: BackendOf, sent: FormBody) -> Response:
    """Cancel, archive or delete the jobs that are ticked, or compare two of them; then lead back to the table.

    Raises:
        InvalidSpec: that cannot be done with them.
    """
    ids = list(dict.fromkeys(sent.get("job", ())))
    action = first_text(sent, "action")
    if not ids or len(ids) > MOST_SELECTED:
        raise InvalidSpec(f"{len(ids)} jobs are ticked: tick 1 to {MOST_SELECTED} of them, then say what to do")
    if action == "delete":
        return deletion_page(ids, request, backend)
    if action == "compare":
        return RedirectResponse(_comparison(ids, backend), status_code=303)
    if action == "delete_now":
        delete_selected(ids, backend)
        return RedirectResponse("/deleted", status_code=303)
    if action not in _TO_EACH:
        raise InvalidSpec(f"{action!r} is nothing that can be done with jobs: cancel, archive, delete or compare them")
    for job_id in ids:
        _TO_EACH[action](job_id, backend)
    table = _table_of(sent)
    return RedirectResponse(table.here if table else "/", status_code=303)


async def refused_selection(request: Request, refusal: HTTPException) -> Response | None:
    """The table with what was ticked, and why nothing was done; None where another form was sent."""
    if getattr(request.state, "action", None) != "POST /jobs/selected" or refusal.status_code in _NOT_HERE:
        return None
    try:
        sent = await form_body(request)
        table = _table_of(sent)
        if table is None:
            return None
        show = partial(_shown, why=refusal.detail, ticked=sent.get("job", ()), status=refusal.status_code)
        return await run_in_threadpool(show, request, backend_of(request), table)
    except (HTTPException, JobError):  # the table may not be read either
        return None


def _table_of(sent: Mapping[str, list[str]]) -> JobTable | None:
    """The table from which a form was sent, which it names by its address; None where it was sent from another page."""
    if "table" not in sent:
        return None
    try:
        asked = parse_qs(urlsplit(first_text(sent, "table")).query)
        return JobTable.model_validate({key: value if key == "column" else value[-1] for key, value in asked.items()})
    except ValueError:  # no page of ours named it
        return None


def _cancel(job_id: str, backend: Backend) -> None:
    """One that is over already stays as it is."""
    try:
        cancel_job(job_id, Response(), backend)
    except HTTPException as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


_TO_EACH: Mapping[str, Callable[[str, Backend], object]] = {
    "cancel": _cancel,
    "archive": partial(set_job_archived, archived=True),
    "unarchive": partial(set_job_archived, archived=False),
}


def _comparison(ids: list[str], backend: Backend) -> str:
    if len(ids) != _TWO:
        raise InvalidSpec(f"{len(ids)} jobs are ticked: a comparison takes two")
    first, second = sorted(ids)  # ids go by time: the newer one is held against the older one
    kinds = {backend.jobs.job(job_id).spec.kind_name() for job_id in ids}
    if len(kinds) > 1 or not kinds <= set(COMPARABLE):
        raise InvalidSpec(
            f"these are jobs of kind {' and '.join(sorted(kinds))}: tick two of {' or of '.join(COMPARABLE)}"
        )
    return f"/new/compare?first={first}&second={second}"


def _facts(jobs: list[JobResource]) -> Mapping[str, JobFacts]:
    return {job.id: facts_of_resource(job) for job in jobs}


def _jobs(backend: Backend, table: JobTable) -> tuple[list[JobResource], str | None, str | None]:
    try:
        return *backend.jobs.page(table.query), None
    except BoardUnavailable as error:
        return *backend.jobs.page(table.query, live=False), str(error)
