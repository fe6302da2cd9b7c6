"""The page on which models and pictures are uploaded, and what its forms do where there is no JavaScript."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.form_parts import Parts
from api.pages.templates import render
from api.submission.picture_form import FOLDER, MAX_FORM_BYTES, store_pictures
from api.submission.upload import HARD_LIMIT_BYTES, store_upload
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import SUFFIXES
from jobs.names.project_name import folder_prefix

router = APIRouter(include_in_schema=False)
Count = Annotated[int, Query(ge=0)]


@router.get("/upload")
def show_upload(
    request: Request,
    folder: Annotated[str, Query(pattern=f"^({FOLDER})?$", max_length=100)] = "",
    stored: Count = 0,
    left_out: Count = 0,
) -> HTMLResponse:
    """Two forms that send files; ``folder`` is the one that was sent last, with so many pictures."""
    context = {
        "api": str(request.base_url).rstrip("/"),
        "suffixes": SUFFIXES,
        "prefix": folder_prefix(current_caller().project),
        "folder": folder,
        "stored": stored,
        "left_out": left_out,
        "folder_pattern": FOLDER,
    }
    return render(request, "upload.html", context)


@router.post("/upload/model", max_body_size=HARD_LIMIT_BYTES)
async def send_model(parts: Parts, backend: BackendOf) -> RedirectResponse:
    """Take in a model file, and show the form of its import."""
    while (part := await parts.next()) is not None:
        if part.file:
            upload = await store_upload(parts.content(), backend.store, backend.quotas.room)
            return RedirectResponse(f"/new/import?upload={upload.upload}", status_code=303)
    raise InvalidSpec("no file was chosen: choose a .keras or .h5 file")


@router.post("/upload/pictures", max_body_size=2 * MAX_FORM_BYTES)
async def send_pictures(parts: Parts, backend: BackendOf) -> RedirectResponse:
    """Take in the pictures of a folder, and say how many there are."""
    sent = await store_pictures(parts, folder_prefix(current_caller().project), backend.store, backend.quotas.room)
    return RedirectResponse(f"/upload?{urlencode(sent)}#pictures", status_code=303)
