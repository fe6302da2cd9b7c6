"""Lists the data sets that jobs can name, and takes in pictures for folders of the user's own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.readers.dataset_index import DatasetItem
from api.submission.folder_note import note_folder
from jobs import keys
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import MAX_IMAGE_BYTES, SUFFIXES, is_picture
from jobs.names.dataset_place import STORE_SCHEME
from jobs.names.file_name import MAX_NAME_BYTES
from store.base import ObjectStore
from store.key import InvalidKey

router = APIRouter(prefix="/v1/datasets", tags=["data sets"])
PicturePath = Annotated[
    str, Path(description="`<folder>/<class>/<picture>`, see the documentation.", max_length=MAX_NAME_BYTES)
]

_RESPONSES: dict[int | str, dict[str, Any]] = {
    201: {"description": "The picture is there now."},
    204: {"description": "The picture is there now, in place of another one."},
    **problems(422, 503, p404="The path holds the end of a line.", p413="The picture is too large."),
}


class DatasetPage(BaseModel):
    """All data sets that can be seen from here; workers may know more."""

    items: list[DatasetItem]


@router.get("", responses=problems(422, 503))
def list_datasets(backend: BackendOf) -> DatasetPage:
    """Data sets: built in, prepared by TFDS on this machine, and folders of pictures in the store."""
    return DatasetPage(items=list(backend.datasets.items()))


@router.put(
    "/{path:path}",
    status_code=201,
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The picture as it is.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    responses=_RESPONSES,
    max_body_size=2 * MAX_IMAGE_BYTES,
)
async def put_picture(path: PicturePath, request: Request, backend: BackendOf) -> Response:
    """Put one picture into a folder, new or in place of another; jobs that were planned before do not see it."""
    if not is_picture(path) or "/" not in path:
        raise InvalidSpec(
            f"{path!r} is no picture in a folder: expected for example 'mine/rose/1.jpg', ending in "
            f"{', '.join(SUFFIXES)}; as a data set the folder is then '{STORE_SCHEME}{keys.DATASETS_PREFIX}mine'"
        )
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MAX_IMAGE_BYTES:
            raise HTTPException(413, f"a picture may have {MAX_IMAGE_BYTES >> 20} MiB, this one has more")
    try:
        replaced = await run_in_threadpool(_put, backend.store, f"{keys.DATASETS_PREFIX}{path}", b"".join(parts))
    except InvalidKey as error:
        raise InvalidSpec(str(error)) from error
    return Response(status_code=204 if replaced else 201)


def _put(store: ObjectStore, key: str, data: bytes) -> bool:
    """Whether something lay there before."""
    replaced = store.head(key) is not None
    store.put(key, data)
    if not replaced:
        note_folder(key, store)
    return replaced
