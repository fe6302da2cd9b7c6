"""Lists the data sets that jobs can name, and takes in pictures for folders of the user's own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api.backend import BackendOf
from api.http.path_noun import FOLDER_NOUN
from api.http.problem_responses import problems
from api.readers.dataset_index import DatasetItem
from api.submission.picture_upload import store_picture
from jobs.listings.image_listing import MAX_IMAGE_BYTES
from jobs.names.file_name import MAX_NAME_BYTES

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
    f"/{{path:{FOLDER_NOUN}}}",
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
    replaced = await store_picture(path, request.stream(), backend.store, backend.quotas.room)
    return Response(status_code=204 if replaced else 201)
