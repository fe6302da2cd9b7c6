"""Shows the page of one image: its photograph, its maps, and all that was measured of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.backend import BackendOf
from api.pages.image.compared_page import compared_image
from api.pages.image.findings import audited_image
from api.pages.image.nearest import THUMBNAIL, shown_nearest
from api.pages.image.view import image_view
from api.pages.image.walk import walk_of_filter
from api.pages.templates import render
from api.readers.images.comparison_lists import ListName
from api.routes.image_filter import FilterOf
from api.routes.jobs import JobId
from jobs.errors import InvalidSpec
from jobs.results.images.image_filter import ImageFilter
from jobs.results.measure import FLAGS
from jobs.specs.compare_spec import CompareSpec

router = APIRouter(include_in_schema=False)


@router.get("/jobs/{job_id}/images/{image_id:path}")
def show_image(
    job_id: JobId,
    image_id: str,
    request: Request,
    backend: BackendOf,
    wanted: FilterOf,
    listed: Annotated[ListName | None, Query(alias="list")] = None,
) -> HTMLResponse:
    """One image of an explanation, an evaluation, an audit, or a comparison, which has several lists of them."""
    job = backend.jobs.job(job_id)
    _refuse_other_lists(job.spec.kind, wanted, listed)
    if job.spec.kind == CompareSpec.kind_name():
        return compared_image(request, backend, job, image_id=image_id, listed=listed)
    view = image_view(backend, job_id, image_id)
    context: dict[str, Any] = {
        "view": view,
        "job": view.job,
        "walk": walk_of_filter(job_id, wanted, backend.results.neighbours(job_id, wanted, image_id)),
        "nearest": shown_nearest(backend, view),
        "audited": audited_image(backend, view.job, image_id),
        "map_choices": [(each.record.name, each.label) for each in view.maps],
        "columns": [(each.label, each) for each in view.maps],
        "flag_meanings": FLAGS,
        "thumbnail": THUMBNAIL,
    }
    return render(request, "image/image.html", context)


def _refuse_other_lists(kind: str, wanted: ImageFilter, listed: ListName | None) -> None:
    """A comparison has lists of its own; all other jobs have filters.

    Raises:
        InvalidSpec: what was asked for is of the other kind of job.
    """
    if kind == CompareSpec.kind_name():
        if wanted != ImageFilter():
            raise InvalidSpec("a comparison has no filters: list= chooses one of its lists", field=wanted.pairs()[0][0])
    elif listed is not None:
        raise InvalidSpec(f"only comparisons have lists, and this job is of kind {kind!r}", field="list")
