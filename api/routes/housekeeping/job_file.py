"""Sends a whole job as one file, and takes such a file in."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.backend import Backend, BackendOf
from api.http.caller import Caller, current_caller
from api.http.problem_responses import problems
from api.routes.jobs import JobId
from dispatch.housekeeping.delete import StillNeeded
from dispatch.job_file.export_job import export_job
from dispatch.job_file.import_job import check_new, import_job
from dispatch.job_file.opened_file import JobFile, opened_file
from jobs import keys
from jobs.errors import EXHAUSTED, Exhausted, InvalidSpec, ObjectExists, ObjectNotFound
from jobs.housekeeping.job_file import MAX_FILE_BYTES, MEDIA_TYPE
from jobs.identity.role import Role
from jobs.job import JobResource
from jobs.names.dataset_place import check_place, check_project, place_of

router = APIRouter(prefix="/v1", tags=["housekeeping"])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file that an export made, as it is.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "A tar file.", "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/jobs/{job_id}/export",
    response_class=StreamingResponse,
    responses={**_EXPORTED, **problems(404, 422, 503, p409="The job is not over, or cannot be read.")},
)
def export(job_id: JobId, backend: BackendOf) -> StreamingResponse:
    """A job that is over, with its results and its model, as one file that another installation can take in."""
    job = backend.jobs.job(job_id)
    if backend.jobs.end(job_id) is None:
        raise StillNeeded(f"job {job_id} is not over: only jobs that are can be exported")
    headers = {"Content-Disposition": f'attachment; filename="florescope-{job_id}.tar"'}
    return StreamingResponse(export_job(job, backend.store), media_type=MEDIA_TYPE, headers=headers)


@router.post(
    "/jobs:import",
    status_code=201,
    openapi_extra=_FILE,
    responses=problems(422, 503, p409="There is a job of this id.", p413="The file is too large."),
    max_body_size=2 * MAX_FILE_BYTES,
)
async def import_file(request: Request, response: Response, backend: BackendOf) -> JobResource:
    """Take in a job that another installation exported. One that holds a model takes an admin, since it will be run."""
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "job.tar"
        await _receive(request.stream(), path)
        job_id = await run_in_threadpool(_import, path, backend, current_caller())
    response.headers["Location"] = f"/v1/jobs/{job_id}"
    return await run_in_threadpool(backend.jobs.row, job_id, live=False)


async def _receive(chunks: AsyncIterator[bytes], path: Path) -> None:
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise HTTPException(413, f"a job may have {MAX_FILE_BYTES >> 30} GiB, this file has more")
                file.write(chunk)
    except OSError as error:
        if error.errno in EXHAUSTED:
            raise Exhausted(f"no room for the file: {error.strerror}") from error
        raise


def _import(path: Path, backend: Backend, caller: Caller) -> str:
    with opened_file(path) as file:
        _check(file, backend, caller)
        try:
            check_new(file.job.id, backend.store)  # what is not taken in needs no room
            backend.quotas.room.take(path.stat().st_size)
            made = import_job(file, backend.store, project=caller.project, submitter=caller.name)
        except ObjectExists as error:
            raise StillNeeded(str(error)) from error
        backend.deleted.look_again()  # a job of this id may have been removed a moment ago
        return made.id


def _check(file: JobFile, backend: Backend, caller: Caller) -> None:
    """Let a job pass whose data set its new project may read, and whose model an admin vouches for."""
    if file.job.spec.makes_model and not caller.role.may(Role.ADMIN):
        raise HTTPException(403, f"a job of kind {file.job.spec.kind!r} may hold a model: to import it takes 'admin'")
    for model in sorted(file.models):
        if not _may_be_named(model, backend, caller):
            raise InvalidSpec(f"the job names objects of {keys.job(model)!r}, which lies outside of it")
    listing = file.listing()
    for dataset in {*file.job.spec.needs().datasets.values(), *((listing.dataset,) if listing else ())}:
        check_place(dataset, allowed=backend.datasets.prefixes, field="dataset")
        place = place_of(dataset)
        if place is not None and not place.bucket:
            check_project(dataset, place, project=caller.project, field="dataset")
    only = place_of(listing.dataset) if listing else None
    if listing and only and only.file and not listing.files <= {only.file}:
        raise InvalidSpec(f"the job lists pictures of other files than {listing.dataset!r}", field="dataset")


def _may_be_named(job_id: str, backend: Backend, caller: Caller) -> bool:
    """Whether a job belongs to the caller's project, or is not here."""
    try:
        return backend.jobs.project(job_id) == caller.project
    except ObjectNotFound:
        return True
