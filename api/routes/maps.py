"""Gives raw maps and photographs of single images: what the pages draw from, and what people go on working with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote

import numpy as np
from fastapi import APIRouter, HTTPException, Query, Request, Response

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.http.stored_file import NO_SUCH_PART, file_responses, made_file
from api.readers.images.result_query import FoundImage
from api.readers.pictures.raw_map_reader import RawMap
from api.routes.jobs import UNREADABLE, JobId
from api.routes.results import Step
from drawing.photograph import LONGEST_SIDE
from jobs.results.record import MethodRecord

router = APIRouter(prefix="/v1/jobs", tags=["results"])

Encoding = Literal["f16", "npy"]
Longest = Annotated[int, Query(ge=16, le=LONGEST_SIDE, description="Of its longer side, at most so many pixels.")]
BYTES, JPEG = "application/octet-stream", "image/jpeg"
_PROBLEMS = problems(404, 422, 503, p409=UNREADABLE, p416=NO_SUCH_PART)


@dataclass(frozen=True)
class MapLinks:
    """Where a raw map is: as plain half floats for pages, and as a NumPy file."""

    half_floats: str
    numpy_file: str


@router.get("/{job_id}/maps/{image_id:path}/{method}.{encoding}", responses={**file_responses(BYTES), **_PROBLEMS})
def get_map(
    job_id: JobId,
    image_id: str,
    method: str,
    encoding: Encoding,
    request: Request,
    backend: BackendOf,
    step: Step = None,
) -> Response:
    """The raw map that one method made of one image, at its own resolution.

    `npy` is a NumPy file of float32. `f16` is plain float16, little-endian, row by row, in units of the map's largest
    magnitude: the header `Florescope-Shape` gives height and width, `Florescope-Scale` the number to multiply by.
    """
    backend.jobs.job(job_id)
    found = backend.results.find(job_id, image_id, step=step)
    map_ = found.record.method(method)
    stored = None if map_ is None else backend.maps.map_of(job_id, found, map_)
    if stored is None:
        raise HTTPException(404, f"image {image_id!r} has no raw map by {method!r} in job {job_id}")
    if encoding == "npy":
        name = f"{image_id.rpartition('/')[2]}.{method.replace(':', '-')}.npy"
        return made_file(request, _numpy_file(stored), media_type=BYTES, final=True, save_as=name)
    answer = made_file(request, stored.values.astype("<f2").tobytes(), media_type=BYTES, final=True)
    answer.headers["Florescope-Shape"] = ",".join(map(str, stored.values.shape))
    answer.headers["Florescope-Scale"] = repr(stored.scale)
    return answer


@router.get("/{job_id}/photographs/{image_id:path}", responses={**file_responses(JPEG), **_PROBLEMS})
def get_photograph(
    job_id: JobId,
    image_id: str,
    request: Request,
    backend: BackendOf,
    step: Step = None,
    longest: Longest = LONGEST_SIDE,
) -> Response:
    """The part of the photograph that the network saw.

    It is read again from the data set where the API reaches that, and is then at most 1024 pixels long: a folder in
    the store or in a bucket that jobs may read, or a data set of TFDS that is prepared on its machine. Otherwise it is
    the small one that the job kept.
    """
    job = backend.jobs.job(job_id)
    found = backend.results.find(job_id, image_id, step=step)
    shown = backend.photographs.photograph(job_id, found, getattr(job.spec, "dataset", ""), longest=longest)
    if shown is None:
        raise HTTPException(404, f"there is no photograph of image {image_id!r} in job {job_id}, nor in its data set")
    return made_file(request, shown.data, media_type=JPEG, final=shown.read_again)


def map_links(job_id: str, found: FoundImage, map_: MethodRecord) -> MapLinks | None:
    """The addresses of a raw map; None where none was stored."""
    if map_.raw_row is None:
        return None
    path = f"/v1/jobs/{job_id}/maps/{quote(found.record.image_id)}/{quote(map_.name)}"
    step = f"?step={quote(found.step)}"
    return MapLinks(f"{path}.f16{step}", f"{path}.npy{step}")


def photograph_link(job_id: str, found: FoundImage, *, longest: int | None = None) -> str:
    """The address of the photograph; ``longest`` makes its longer side have so many pixels at most."""
    small = "" if longest is None else f"&longest={longest}"
    return f"/v1/jobs/{job_id}/photographs/{quote(found.record.image_id)}?step={quote(found.step)}{small}"


def _numpy_file(stored: RawMap) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, stored.scaled, allow_pickle=False)
    return buffer.getvalue()
