"""Pages on which jobs and models are deleted, archived and brought back; what depends on them is named first."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.form_body import FormBody, first_text
from api.pages.templates import render
from api.routes.housekeeping.deletion import affected, delete_thing
from api.routes.housekeeping.job_deletion import delete_job, restore_job, set_job_archived
from api.routes.housekeeping.other_deletion import list_deleted
from api.routes.jobs import JobId
from dispatch.housekeeping.delete import StillNeeded
from dispatch.housekeeping.reference_graph import read_graph
from dispatch.housekeeping.retention_policies import all_retentions, read_shared_retention
from jobs.housekeeping.thing import job_thing
from jobs.job import called

router = APIRouter(include_in_schema=False)


@router.get("/jobs/{job_id}/delete")
def ask_before_deleting(job_id: JobId, request: Request, backend: BackendOf) -> HTMLResponse:
    """What goes with the job, and the button that deletes it."""
    return deletion_page([job_id], request, backend)


@router.post("/jobs/{job_id}/delete")
def delete_from_page(job_id: JobId, backend: BackendOf, sent: FormBody) -> RedirectResponse:
    """Delete the job and what was named with it, and show what is deleted."""
    delete_job(job_id, backend, with_dependents=first_text(sent, "with_dependents") == "true")
    return RedirectResponse("/deleted", status_code=303)


@router.post("/jobs/{job_id}/restore")
def restore_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Bring the job back, and show it."""
    restore_job(job_id, backend)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@router.post("/jobs/{job_id}/archive")
def archive_from_page(job_id: JobId, backend: BackendOf, sent: FormBody) -> RedirectResponse:
    """Archive the job, or take it out of the archive, and show it again."""
    set_job_archived(job_id, backend, archived=first_text(sent, "archived", "true") == "true")
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@router.get("/deleted")
def show_deleted(request: Request, backend: BackendOf) -> HTMLResponse:
    """What is deleted, how long it can be brought back, and how long what is not deleted is kept."""
    caller, rules = current_caller(), all_retentions(backend.store)
    context = {
        "items": list_deleted(backend).items,
        "rules": {project: rules[project] for project in sorted(rules) if caller.sees(project)},
        "shared": read_shared_retention(backend.store),
    }
    return render(request, "housekeeping/deleted.html", context)


def deletion_page(ids: Sequence[str], request: Request, backend: Backend) -> HTMLResponse:
    """The page that names what goes with jobs, before they are deleted.

    Raises:
        ObjectNotFound: there is no such job.
    """
    rows = [backend.jobs.row(job_id, live=False) for job_id in ids]
    running = [row.id for row in rows if not row.state.terminal]
    if running:
        raise StillNeeded(f"not over yet: {', '.join(running)}. Cancel first, then delete")
    found = affected(list(map(job_thing, ids)), backend)
    context = {
        "jobs": [(row, called(row)) for row in rows],
        "parts": found.parts,
        "dependents": found.dependents,
    }
    return render(request, "housekeeping/delete.html", context)


def delete_selected(ids: Sequence[str], backend: Backend) -> None:
    """Delete jobs one by one with all that was named; one that went with an earlier one is done already."""
    graph = read_graph(backend.store)
    for job_id in sorted(ids, reverse=True):
        if job_thing(job_id) not in backend.deleted:
            backend.jobs.row(job_id, live=False)  # to be seen by whoever deletes it
            delete_thing(job_thing(job_id), backend, with_dependents=True, graph=graph)
