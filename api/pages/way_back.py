"""Finds the page from which somebody sent a form, so that a refusal can lead back to it."""

from __future__ import annotations

import re
from contextlib import suppress

from fastapi import Request
from starlette.datastructures import URL
from starlette.routing import Match

from api.http.security import SAFE_METHODS

_OWN_ADDRESS = re.compile(r"/(?!/)[^\\\x00-\x1f\x7f]*")


def own_address(address: str) -> str:
    """An address of these pages; ``/`` in place of any other, to which a link could send people."""
    return address if _OWN_ADDRESS.fullmatch(address) else "/"


def way_back(request: Request) -> str:
    """The page of the form that a request sends; empty where it sends none, or does not say from which page of ours.

    A form that was refused is shown again at the address that it was sent to, which may have no page of its own: then
    the page is the nearest one above it, such as that of the job.
    """
    if request.method in SAFE_METHODS:
        return ""
    with suppress(ValueError):  # it may be no address at all
        page = URL(request.headers.get("referer", ""))
        if page.netloc and page.netloc.lower() == request.headers.get("host", "").lower():
            return own_address(_shown(page, request))
    return ""


def _shown(page: URL, request: Request) -> str:
    if _is_page(page.path, request):
        return page.path + (f"?{page.query}" if page.query else "")
    path = page.path
    while path and not _is_page(path, request):
        path = path.rpartition("/")[0]
    return path or "/"


def _is_page(path: str, request: Request) -> bool:
    """Whether the first route of this path, or another one of the same, takes GET."""
    scope = {**request.scope, "method": "GET", "path": path, "raw_path": path.encode()}
    found = [route for route in request.app.routes if route.matches(scope)[0] is not Match.NONE]
    first = getattr(found[0], "path", "") if found else ""
    return any(route.matches(scope)[0] is Match.FULL and getattr(route, "path", "") == first for route in found)
