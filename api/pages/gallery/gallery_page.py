"""Shows the gallery of a job at ``/jobs/<id>/images``: its images, filtered and sorted as the address says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.backend import Backend, BackendOf
from api.pages.gallery.choices import facet_choices
from api.pages.gallery.filter_form import FORM_FIELDS, filter_form, form_range, with_form_range
from api.pages.gallery.gallery_view import (
    LAST_PAGE,
    MEDIUM,
    PHOTOGRAPHS,
    GalleryAddress,
    GalleryView,
    TileSize,
    with_query,
)
from api.pages.gallery.pager import pager
from api.pages.gallery.removals import removals
from api.pages.gallery.same_list import results_command
from api.pages.gallery.tile import tiles
from api.pages.templates import render
from api.readers.images.facets import count_facets
from api.readers.images.result_query import FoundImage
from api.routes.image_filter import FilterOf, methods_of
from api.routes.jobs import JobId
from api.routes.results import as_items
from jobs.errors import InvalidSpec
from jobs.job import Job

router = APIRouter(include_in_schema=False)


def gallery_view(
    page: Annotated[int, Query(ge=1, le=LAST_PAGE, description="From 1.")] = 1,
    tile: TileSize = MEDIUM,
    show: Annotated[str, Query(max_length=64, description="The method whose maps are shown.")] = "",
) -> GalleryView:
    """The page, the size of tiles and the method that the address asks for."""
    return GalleryView(page, tile, show or None)


ViewOf = Annotated[GalleryView, Depends(gallery_view)]
FormRange = Annotated[str, Depends(form_range)]


@router.get("/jobs/{job_id}/images")
def show_images(
    job_id: JobId, request: Request, backend: BackendOf, wanted: FilterOf, view: ViewOf, added: FormRange
) -> Response:
    """Tiles, and what else there is to choose. What the form sent is first put as every other address is."""
    job = backend.jobs.job(job_id)
    if request.query_params.keys() & FORM_FIELDS or "" in request.query_params.values():
        return RedirectResponse(GalleryAddress(job_id, with_form_range(wanted, added), view).url(), status_code=303)
    _check_show(job, view)
    return render(request, "gallery/gallery.html", _context(backend, job, GalleryAddress(job_id, wanted, view)))


def _context(backend: Backend, job: Job, address: GalleryAddress) -> dict[str, object]:
    wanted, view = address.filter, address.view
    found, page = backend.results.numbered_page(job.id, wanted, number=view.page, size=view.per_page)
    if page.number > page.pages:
        raise InvalidSpec(f"there is no page {page.number}: this list has {page.pages}", field="page")
    names = backend.reports.class_names(job.id)
    photographs = _can_be_read_again(backend, job, found)
    measured = backend.images.measures(backend.images.of_job(job.id))
    measures = tuple(dict.fromkeys(each.measure for each in measured))
    return {
        "job": job,
        "over": not found and backend.logs.is_over(job.id),
        "page": page,
        "tile_size": view.tile,
        "tiles": list(
            tiles(zip(found, as_items(backend, job.id, found), strict=True), address, photographs=photographs)
        ),
        "facets": facet_choices(count_facets(backend.images, job.id, wanted), address, names),
        "removals": removals(address, names),
        "everything": address.url(wanted.without_filters()),
        "form": filter_form(address, methods=methods_of(job), measures=measures, photographs=photographs),
        "class_names": names,
        "pager": pager(address, page),
        "page_form": [each for each in address.pairs() if each[0] != "page"],
        "as_json": with_query(f"/v1/jobs/{job.id}/results", wanted.pairs()),
        "command": results_command(job.id, wanted),
    }


def _can_be_read_again(backend: Backend, job: Job, found: Sequence[FoundImage]) -> bool:
    """Whether the API reaches the data set: that of one image that was readable says it of all."""
    one = next((each for each in found if each.record.error is None), None)
    dataset = getattr(job.spec, "dataset", "")
    return one is not None and backend.photographs.source(job.id, one, dataset) == "read again"


def _check_show(job: Job, view: GalleryView) -> None:
    made = methods_of(job)
    if view.show not in {None, PHOTOGRAPHS, *made}:
        known = f"there are maps by {', '.join(made)}" if made else "it makes no maps"
        raise InvalidSpec(f"this job has no maps by {view.show!r}: {known}; or ask for {PHOTOGRAPHS}", field="show")
