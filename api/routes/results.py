"""Lists what a job found, image by image, also while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from api.backend import Backend, BackendOf
from api.http.problem_responses import problems
from api.http.stored_file import NO_SUCH_PART, file_responses, made_file, stored_file
from api.readers.images.facets import Facets, count_facets
from api.readers.images.result_query import FoundImage, ResultQuery
from api.readers.pictures.picture_reader import CONTENT_TYPES, Form
from api.routes.image_filter import FilterOf
from api.routes.jobs import After, JobId, Limit
from jobs.results.columns import IMAGE_COLUMNS, Image, cells
from jobs.results.record import ClassScore, MethodRecord, Outcome

router = APIRouter(prefix="/v1/jobs", tags=["results"])

Step = Annotated[str | None, Query(max_length=100, description="The step that holds it, if known: saves a search.")]
Direct = Annotated[bool, Query(description="Answer with a link into the store, where it has such links.")]

_PROBLEMS = problems(404, 422, 503, p416=NO_SUCH_PART)


class ResultItem(BaseModel):
    """One image. `links` leads to the picture of each method that made one, or that can be drawn."""

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
    total: int = Field(description="Images in the whole list.")
    model_id: str | None
    model_sha256: str | None


@router.get("/{job_id}/results", responses=problems(404, 422, 503))
def list_results(
    job_id: JobId, backend: BackendOf, wanted: FilterOf, limit: Limit = 50, after: After = None
) -> ResultPage:
    """Explained images. While the job runs, a page shows what is committed at that moment."""
    items, following = read_results(backend, job_id, ResultQuery(wanted, limit=limit, after=after))
    plan = backend.reports.plan(job_id)
    model = plan.model if plan else None
    return ResultPage(
        items=items,
        next=following,
        total=backend.results.total(job_id, wanted),
        model_id=model.id if model else None,
        model_sha256=model.checkpoint.sha256 if model else None,
    )


@router.get("/{job_id}/facets", responses=problems(404, 422, 503))
def get_facets(job_id: JobId, backend: BackendOf, wanted: FilterOf) -> Facets:
    """How many of these images there are by outcome, class, confidence, flag and cluster.

    What is asked of a facet itself is left aside in its own counts: they say what another choice would give.
    """
    return count_facets(backend.images, job_id, wanted)


@router.get(
    "/{job_id}/images/{image_id:path}/{method}.{form}",
    responses={**file_responses(*CONTENT_TYPES.values()), **_PROBLEMS},
)
def get_image(
    job_id: JobId,
    image_id: str,
    method: str,
    form: Form,
    request: Request,
    backend: BackendOf,
    step: Step = None,
    direct: Direct = False,
) -> Response:
    """The picture that one method made of one image.

    Where only its raw map was stored, it is drawn: over the photograph if the job's report kept one, else alone, as the
    header `Florescope-Drawn` says (`over photograph`, `map alone`). A stored picture is given in the other form too.
    """
    backend.jobs.job(job_id)
    found = backend.results.find(job_id, image_id, step=step)
    map_ = found.record.method(method)
    if map_ is None or not has_picture(map_):
        raise HTTPException(404, f"image {image_id!r} has no picture by {method!r} in job {job_id}")
    if map_.overlay is not None and map_.overlay.content_type == CONTENT_TYPES[form]:
        return stored_file(request, backend.store, map_.overlay, direct=direct, download=False)
    picture = backend.pictures.picture(job_id, found, map_, form)
    answer = made_file(request, picture.data, media_type=picture.content_type)
    if map_.overlay is None:
        answer.headers["Florescope-Drawn"] = "over photograph" if picture.over_photograph else "map alone"
    return answer


def read_results(backend: Backend, job_id: str, query: ResultQuery) -> tuple[list[ResultItem], str | None]:
    """One page of images with class names and links.

    Raises:
        InvalidSpec: ``query.after`` is no place in this list.
    """
    found, following = backend.results.page(job_id, query)
    return as_items(backend, job_id, found), following


def as_items(backend: Backend, job_id: str, found: Sequence[FoundImage]) -> list[ResultItem]:
    """Images with class names and links."""
    names = backend.reports.class_names(job_id)
    return [_item(job_id, each, names) for each in found]


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
        links={map_.name: picture_link(job_id, found, map_) for map_ in record.methods if has_picture(map_)},
    )


def has_picture(map_: MethodRecord) -> bool:
    """Whether there is one, or the raw map that it can be drawn from."""
    return map_.overlay is not None or map_.raw_row is not None


def picture_link(job_id: str, found: FoundImage, map_: MethodRecord) -> str:
    """The address of the picture of a map."""
    form = "png" if map_.overlay and map_.overlay.content_type == CONTENT_TYPES["png"] else "jpg"
    picture = f"{quote(found.record.image_id)}/{quote(map_.name)}.{form}"
    return f"/v1/jobs/{job_id}/images/{picture}?step={quote(found.step)}"
