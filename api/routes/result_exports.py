"""Gives the results of all images of a job in the formats of other programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from api.backend import Backend, BackendOf
from api.http.problem_responses import problems
from api.readers.interop.coco import coco_document
from api.readers.interop.fiftyone import SampleOptions, fiftyone_samples
from api.readers.interop.job_images import JobImages
from api.routes.image_filter import FilterOf
from api.routes.jobs import JobId
from jobs.results.images.image_filter import ImageFilter

router = APIRouter(prefix="/v1/jobs", tags=["results"])

JSON = "application/json"
Pictures = Annotated[str, Query(max_length=1000, description="Folder of the pictures, before the id of each.")]
Photographs = Annotated[bool, Query(description="The pictures are those of `/photographs`, whose names end in .jpg.")]
Maps = Annotated[bool, Query(description="With the raw maps, as heatmaps.")]
_ANSWERS = {200: {"content": {JSON: {}}}, **problems(404, 422, 503)}


@router.get("/{job_id}/results/coco", response_class=StreamingResponse, responses=_ANSWERS)
def get_coco(job_id: JobId, backend: BackendOf, wanted: FilterOf) -> StreamingResponse:
    """All images in the JSON of COCO: a prediction of each, with the region that its map points at.

    `method` says whose map; without it, the first that explains the predicted class. Coordinates are pixels of the part
    that the network saw.
    """
    return _answer(coco_document(_images(backend, job_id, wanted)), f"{job_id}.coco.json")


@router.get("/{job_id}/results/fiftyone", response_class=StreamingResponse, responses=_ANSWERS)
def get_fiftyone(
    job_id: JobId,
    backend: BackendOf,
    wanted: FilterOf,
    *,
    pictures: Pictures = "data",
    photographs: Photographs = False,
    maps: Maps = True,
) -> StreamingResponse:
    """All images as samples of FiftyOne: save it as `samples.json` in a folder of its own, and import that folder."""
    images = _images(backend, job_id, wanted)
    return _answer(fiftyone_samples(images, SampleOptions(pictures, photographs, maps)), "samples.json")


def _images(backend: Backend, job_id: str, wanted: ImageFilter) -> JobImages:
    job, plan = backend.jobs.job(job_id), backend.reports.plan(job_id)
    if plan is None or plan.model is None or not plan.shards:
        raise HTTPException(404, f"job {job_id} of kind {job.spec.kind!r} has no results of images (yet)")
    return JobImages(job, plan.model, wanted, backend.results, backend.maps)


def _answer(pieces: Iterator[str], name: str) -> StreamingResponse:
    save_as = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=JSON, headers=save_as)
