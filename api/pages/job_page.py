"""The page of one job: numbers, progress, learning curves or explained images."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import Backend, BackendOf
from api.pages.curve import learning_curves
from api.pages.templates import render
from api.result_query import ResultQuery, Sort
from api.routes.jobs import After, JobId, cancel_job
from api.routes.results import read_results
from jobs.errors import BoardUnavailable
from jobs.job import JobResource
from jobs.record import Outcome

router = APIRouter(include_in_schema=False)
IMAGES_PER_PAGE = 24
FILTERS = (("all", None), ("correct", Outcome.CORRECT), ("wrong", Outcome.WRONG), ("errors", Outcome.ERROR))
SORTS: tuple[tuple[str, Sort], ...] = (
    ("in order", "index"),
    ("surest first", "-confidence"),
    ("least sure first", "confidence"),
    ("worst convergence first", "-relative_delta"),
)


@router.get("/jobs/{job_id}")
def show_job(
    job_id: JobId,
    request: Request,
    backend: BackendOf,
    outcome: Outcome | None = None,
    sort: Sort = "index",
    after: After = None,
) -> HTMLResponse:
    """Everything about one job; without the broker, what the store knows of it."""
    job, trouble = _job(backend, job_id)
    query = ResultQuery(outcome=outcome, sort=sort, limit=IMAGES_PER_PAGE, after=after)
    context = {
        "job": job,
        "trouble": trouble,
        "spec": json.dumps(job.spec.model_dump(mode="json"), indent=2, ensure_ascii=False),
        "summary": _flat(job.summary or {}),
        **(_training(backend, job_id) if job.kind == "train" else _images(backend, job_id, query)),
    }
    return render(request, "job.html", context, status=503 if trouble else 200)


@router.post("/jobs/{job_id}/cancel")
def cancel_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Ask the job to stop, and show it again."""
    answer = RedirectResponse(f"/jobs/{job_id}", status_code=303)
    cancel_job(job_id, answer, backend)
    answer.headers["Location"] = f"/jobs/{job_id}"
    return answer


def _job(backend: Backend, job_id: str) -> tuple[JobResource, str | None]:
    try:
        return backend.jobs.resource(job_id), None
    except BoardUnavailable as error:
        return backend.jobs.resource(job_id, live=False), str(error)


def _training(backend: Backend, job_id: str) -> dict[str, object]:
    model = backend.reports.trained_model(job_id)
    return {"charts": learning_curves(backend.reports.history(job_id)), "model": model}


def _images(backend: Backend, job_id: str, query: ResultQuery) -> dict[str, object]:
    images, following = read_results(backend, job_id, query)
    here = f"/jobs/{job_id}"
    return {
        "images": images,
        "filters": [(name, _url(here, value, query.sort), value == query.outcome) for name, value in FILTERS],
        "sorts": [(name, _url(here, query.outcome, value), value == query.sort) for name, value in SORTS],
        "more": _url(here, query.outcome, query.sort, after=following) if following else None,
        "first_page": query.after is None,
    }


def _url(here: str, outcome: Outcome | None, sort: Sort, *, after: str | None = None) -> str:
    chosen = {"outcome": outcome and outcome.value, "sort": sort if sort != "index" else None, "after": after}
    given = urlencode({name: value for name, value in chosen.items() if value is not None})
    return f"{here}?{given}#images" if given else f"{here}#images"


def _flat(values: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """A summary as rows: nested names are joined."""
    rows: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name} ")
        else:
            rows.append((f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, list) else value))
    return rows
