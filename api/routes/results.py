"""Lists what a job found, image by image, also while it runs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from api.backend import Backend, BackendOf
from api.http.problem_responses import problems
from api.http.stored_file import NO_SUCH_PART, file_responses, stored_file
from api.readers.result_query import FoundImage, ResultQuery, Sort
from api.routes.jobs import After, JobId, Limit
from jobs.errors import InvalidSpec
from jobs.job import Job
from jobs.results.columns import IMAGE_COLUMNS, Image, cells
from jobs.results.record import ClassScore, MethodRecord, Outcome
from jobs.specs.method_name import MethodName

router = APIRouter(prefix="/v1/jobs", tags=["results"])

Step = Annotated[str | None, Query(max_length=100, description="The step that holds it, if known: saves a search.")]
Direct = Annotated[bool, Query(description="Answer with a link into the store, where it has such links.")]

_PROBLEMS = problems(404, 422, 503, p416=NO_SUCH_PART)


class ResultItem(BaseModel):
    """One image. `links` leads to the picture of each method that made one."""

    image_id: str
    index: int
    step: str
    outcome: Outcome
    label: int | None
    label_name: str | None
    prediction: int | None
    prediction_name: str | None
    confidence: float | None
    top: list[ClassScore] = Field(description="The likeliest classes.")
    target: int | None
    target_logit: float | None
    methods: list[MethodRecord] = Field(description="The maps; `values` holds what was measured of each.")
    error: str | None
    code_version: str | None = Field(description="Of the code that explained it.")
    links: dict[str, str]


class ResultPage(BaseModel):
    """One page of images, and the model that they were shown to."""

    items: list[ResultItem]
    next: str | None
    model_id: str | None
    model_sha256: str | None


@router.get("/{job_id}/results", responses=problems(404, 422, 503))
def list_results(
    job_id: JobId,
    backend: BackendOf,
    outcome: Outcome | None = None,
    label: Annotated[int | None, Query(ge=0, description="Only images of this class.")] = None,
    sort: Sort = "index",
    method: Annotated[MethodName | None, Query(description="Sort by the measures of this method's maps.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> ResultPage:
    """Explained images. While the job runs, a page shows what is committed at that moment."""
    _check_method(backend.jobs.job(job_id), method)
    query = ResultQuery(outcome=outcome, label=label, sort=sort, method=method, limit=limit, after=after)
    items, following = read_results(backend, job_id, query)
    plan = backend.reports.plan(job_id)
    model = plan.model if plan else None
    return ResultPage(
        items=items,
        next=following,
        model_id=model.id if model else None,
        model_sha256=model.checkpoint.sha256 if model else None,
    )


@router.get(
    "/{job_id}/images/{image_id:path}/{method}.png",
    responses={**file_responses("image/png"), **_PROBLEMS},
)
def get_image(
    job_id: JobId,
    image_id: str,
    method: str,
    request: Request,
    backend: BackendOf,
    step: Step = None,
    direct: Direct = False,
) -> Response:
    """The picture that one method made of one image."""
    backend.jobs.job(job_id)
    record = backend.results.record(job_id, image_id, step=step)
    found = record.method(method)
    if found is None or found.overlay is None:
        raise HTTPException(404, f"image {image_id!r} has no picture by {method!r} in job {job_id}")
    return stored_file(request, backend.store, found.overlay, direct=direct, download=False)


def _check_method(job: Job, method: str | None) -> None:
    asked: tuple[str, ...] = getattr(job.spec, "methods", ())
    if method is not None and method not in asked:
        made = f"there are maps by {', '.join(asked)}" if asked else "it makes no maps"
        raise InvalidSpec(f"job {job.id} has no maps by {method!r}: {made}", field="method")


def read_results(backend: Backend, job_id: str, query: ResultQuery) -> tuple[list[ResultItem], str | None]:
    """One page of images with class names and links.

    Raises:
        InvalidSpec: ``query.after`` is no place in this list.
    """
    found, following = backend.results.page(job_id, query)
    names = backend.reports.class_names(job_id)
    return [_item(job_id, each, names) for each in found], following


def _item(job_id: str, found: FoundImage, names: tuple[str, ...]) -> ResultItem:
    record = found.record
    values: dict[str, Any] = cells(IMAGE_COLUMNS, Image(record, names))
    return ResultItem(
        **values,
        step=found.step,
        top=list(record.top),
        target=record.target,
        target_logit=record.target_logit,
        code_version=found.code_version,
        methods=list(record.methods),
        links={method.name: _link(job_id, found, method.name) for method in record.methods if method.overlay},
    )


def _link(job_id: str, found: FoundImage, method: str) -> str:
    return f"/v1/jobs/{job_id}/images/{quote(found.record.image_id)}/{quote(method)}.png?step={quote(found.step)}"
