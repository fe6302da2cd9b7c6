"""The page on which models and pictures are uploaded, and what its forms do where there is no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.form_parts import Parts
from api.pages.templates import render
from api.submission.picture_form import FOLDER, MAX_FORM_BYTES, SentPictures, store_pictures
from api.submission.upload import HARD_LIMIT_BYTES, store_upload
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import SUFFIXES
from jobs.names.project_name import folder_prefix

router = APIRouter(include_in_schema=False)
Count = Annotated[int, Query(ge=0)]
_REFUSED = {"POST /upload/model": "model", "POST /upload/pictures": "pictures"}
_NOT_HERE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@router.get("/upload")
def show_upload(
    request: Request,
    folder: Annotated[str, Query(pattern=f"^({FOLDER})?$", max_length=100)] = "",
    stored: Count = 0,
    left_out: Count = 0,
) -> HTMLResponse:
    """Two forms that send files; ``folder`` is the one that was sent last, with so many pictures."""
    return _shown(request, {"folder": folder, "named": folder or "mine", "stored": stored, "left_out": left_out})


def _shown(request: Request, more: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    context = {
        "api": str(request.base_url).rstrip("/"),
        "suffixes": SUFFIXES,
        "prefix": folder_prefix(current_caller().project),
        "folder_pattern": FOLDER,
        "refused": "",
        "why": "",
        **more,
    }
    return render(request, "upload.html", context, status=status)


@router.post("/upload/model", max_body_size=HARD_LIMIT_BYTES)
async def send_model(parts: Parts, backend: BackendOf) -> RedirectResponse:
    """Take in a model file, and show the form of its import."""
    while (part := await parts.next()) is not None:
        if part.file:
            upload = await store_upload(parts.content(), backend.store, backend.quotas.room)
            return RedirectResponse(f"/new/import?upload={upload.upload}", status_code=303)
    raise InvalidSpec("no file was chosen: choose a .keras or .h5 file")


@router.post("/upload/pictures", max_body_size=2 * MAX_FORM_BYTES)
async def send_pictures(request: Request, parts: Parts, backend: BackendOf) -> RedirectResponse:
    """Take in the pictures of a folder, and say how many there are."""
    sent = request.state.sent_pictures = SentPictures(folder="", stored=0, left_out=0)
    prefix = folder_prefix(current_caller().project)
    await store_pictures(parts, sent, prefix=prefix, store=backend.store, room=backend.quotas.room)
    return RedirectResponse(f"/upload?{urlencode(sent)}#pictures", status_code=303)


async def refused_upload(request: Request, refusal: HTTPException) -> Response | None:
    """The forms with why a file was not taken in, and the name of the folder; None where no file was sent."""
    action = getattr(request.state, "action", None)
    if action not in _REFUSED or refusal.status_code in _NOT_HERE:
        return None
    sent: SentPictures | None = getattr(request.state, "sent_pictures", None)
    why, named = str(refusal.detail), sent["folder"] if sent else ""
    if sent and sent["stored"]:
        why = f"{why}. {sent['stored']} pictures that came before are there"
    more = {"folder": "", "named": named, "stored": 0, "left_out": 0, "refused": _REFUSED[action], "why": why}
    page = _shown(request, more, status=refusal.status_code)
    page.headers.update(refusal.headers or {})
    return page
