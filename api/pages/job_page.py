"""Shows the page of one job: its numbers, its progress, and the part that its kind has."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import Backend, BackendOf
from api.http.security import REPORT_POLICY
from api.http.stored_file import stored_file
from api.pages.copies import Copy, copies, plain_document
from api.pages.sections import REPORT, REPORTS, SECTIONS
from api.pages.stages import stages
from api.pages.templates import render
from api.pages.timeline import timeline
from api.readers.artifact_index import ArtifactIndex
from api.readers.images.result_query import ResultQuery
from api.readers.jobs.audit_of_job import FoundAudit, audit_of_job
from api.routes.image_filter import Sort
from api.routes.jobs import After, JobId, cancel_job
from api.routes.retry import retry_job
from dispatch.housekeeping.heatmaps import read_heatmaps_removed
from jobs.errors import BoardUnavailable
from jobs.job import JobResource, called
from jobs.models.model import PublishedModel
from jobs.results.images.image_filter import ImageFilter
from jobs.results.record import Outcome
from jobs.results.verdicts.verdict import verdict
from jobs.results.wording import number
from jobs.specs.unknown_spec import UnknownSpec
from jobs.state import USABLE

router = APIRouter(include_in_schema=False)
IMAGES_PER_PAGE = 24
LOG_LINES = 200
_IN_TABLES = frozenset(
    {
        "metrics",
        "faithfulness",
        "cascade",
        "differences",
        "refused",
        "by_views",
        "compared_with",
        "randomization",
        "weak_classes",
        "map_correlation",
        "left_out",
        "findings",
        "verdict",
        "expected_calibration_error_interval_95",
        "expected_calibration_error_if_perfect",
        "expected_calibration_error_if_perfect_p95",
    }
)
"""Numbers of a summary that the section of its kind shows."""
_ONLY_IF_ANY = frozenset({"spelling", "pictures_replaced", "labels_left_out", "normalised_by"})
"""Parts of a summary that say something where there is something to say."""
_OF_A_MODEL = frozenset({"model_id"})
_OF_A_TRAINED_MODEL = _OF_A_MODEL | {"backbone", "train_images", "test_images", "test_accuracy"}
"""Numbers of a summary that stand beside the model which the job made."""


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
    wanted = ImageFilter(sort=sort, outcome=(outcome,) if outcome else ())
    query = ResultQuery(wanted, limit=IMAGES_PER_PAGE, after=after)
    section = SECTIONS[job.kind](backend, job_id, query)
    audit = _audit(backend, job)
    sentence = audit.sentence if audit else None
    context = {
        "job": job,
        "trouble": trouble,
        "spec": json.dumps(job.spec.model_dump(mode="json"), indent=2, ensure_ascii=False),
        "copies": _copies(job, request),
        "name": called(job),
        "stages": stages(job),
        **_history(job, backend),
        "verdict": verdict(job.kind, job.summary, complete=job.state in USABLE, audit=sentence),
        "audit_id": audit.job_id if audit else None,
        "heatmaps_removed": read_heatmaps_removed(job_id, backend.store) if job.kind == "explain" else None,
        "summary": _flat(_without(_told_beside(section.get("model")), job.summary or {})),
        **section,
    }
    return render(request, "job.html", context, status=503 if trouble else 200)


@router.get("/jobs/{job_id}/report")
def show_report(job_id: JobId, request: Request, backend: BackendOf) -> Response:
    """The page that an explanation, an audit or a comparison made of its results."""
    name = REPORTS.get(backend.jobs.job(job_id).spec.kind, REPORT)
    artifact = ArtifactIndex(backend.store, backend.reports, backend.results, job_id).find(name)
    answer = stored_file(request, backend.store, artifact, direct=False, download=False)
    answer.headers["Content-Security-Policy"] = REPORT_POLICY
    return answer


@router.post("/jobs/{job_id}/cancel")
def cancel_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Ask the job to stop, and show it again."""
    answer = RedirectResponse(f"/jobs/{job_id}", status_code=303)
    cancel_job(job_id, answer, backend)
    answer.headers["Location"] = f"/jobs/{job_id}"
    return answer


@router.post("/jobs/{job_id}/retry")
def retry_from_page(job_id: JobId, backend: BackendOf) -> RedirectResponse:
    """Take up the failed images again, and show the new job."""
    answer = RedirectResponse("/", status_code=303)
    job = retry_job(job_id, answer, backend)
    answer.headers["Location"] = f"/jobs/{job.id}"
    return answer


def _job(backend: Backend, job_id: str) -> tuple[JobResource, str | None]:
    try:
        return backend.jobs.resource(job_id), None
    except BoardUnavailable as error:
        return backend.jobs.resource(job_id, live=False), str(error)


def _copies(job: JobResource, request: Request) -> list[Copy]:
    """How to submit the same again elsewhere; not at all where nobody can read what was asked for."""
    if isinstance(job.spec, UnknownSpec):
        return []
    return copies(plain_document(job.spec), api=str(request.base_url).rstrip("/"))


def _audit(backend: Backend, job: JobResource) -> FoundAudit | None:
    """Of the same model and images; not looked for while the job says nothing."""
    return audit_of_job(backend.jobs.job(job.id), backend.jobs, backend.reports) if job.summary else None


def _history(job: JobResource, backend: Backend) -> dict[str, object]:
    """What happened to the job, and the end of its log; without the board, what is stored of it."""
    try:
        lines = backend.logs.lines(job.id)
    except BoardUnavailable:
        lines = []
    return {"timeline": timeline(job, lines), "log": lines[-LOG_LINES:], "log_end": lines[-1].id if lines else ""}


def _told_beside(model: object) -> frozenset[str]:
    """Names of the summary's numbers that the page shows with this model anyway."""
    if not isinstance(model, PublishedModel):
        return frozenset()
    return _OF_A_TRAINED_MODEL if model.origin == "trained" else _OF_A_MODEL


def _without(names: frozenset[str], values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}


def _flat(values: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """A summary as rows: nested names are joined; what has a table of its own is left out."""
    rows: list[tuple[str, object]] = []
    for name, value in values.items():
        if name in _IN_TABLES or (value is None and name in _ONLY_IF_ANY):
            continue
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name} ")
        else:
            rows.append((f"{prefix}{name}", _listed(value) if isinstance(value, list) else value))
    return rows


def _listed(values: list[object]) -> str | None:
    return ", ".join(number(value) if isinstance(value, float) else str(value) for value in values) or None
