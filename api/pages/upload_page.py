"""Shows the page on which models and pictures are uploaded."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.http.caller import current_caller
from api.pages.templates import render
from jobs.listings.image_listing import SUFFIXES
from jobs.names.project_name import folder_prefix

router = APIRouter(include_in_schema=False)


@router.get("/upload")
def show_upload(request: Request) -> HTMLResponse:
    """Two places to drop files; without JavaScript, the commands that do the same."""
    api = str(request.base_url).rstrip("/")
    return render(
        request, "upload.html", {"api": api, "suffixes": SUFFIXES, "prefix": folder_prefix(current_caller().project)}
    )
