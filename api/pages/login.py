"""Lets people at a browser log in with an API key, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access.gate import Gate, caller_of
from api.access.sessions import COOKIE, VALID_S
from api.http.form_body import FormBody, first_text
from api.pages.templates import render

router = APIRouter(include_in_schema=False)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
Next = Annotated[str, Query(max_length=500)]
_UNKNOWN = "This key is not known here, has expired, or was revoked."


@router.get("/login")
def show_login(request: Request, next: Next = "/") -> HTMLResponse:
    """The form that takes a key."""
    return login_page(request, then=next, status=200)


@router.post("/login")
async def log_in(request: Request, sent: FormBody) -> Response:
    """Begin a session, and show the page that was asked for."""
    gate: Gate = request.app.state.gate
    then = first_text(sent, "next") or "/"
    key = await gate.keys.holder(first_text(sent, "key").strip())
    if key is None:
        return login_page(request, why=_UNKNOWN, then=then)
    caller = request.state.caller = caller_of(key)
    project = first_text(sent, "project").strip() or caller.project or min(key.projects)
    if not caller.sees(project):
        return login_page(request, why=f"This key is not of the project {project!r}.", then=then)
    answer = RedirectResponse(_own(then), status_code=303)
    secure = request.url.hostname not in _LOOPBACK  # on loopback there is no TLS
    cookie = await gate.sessions.begin(key.id, project)
    answer.set_cookie(COOKIE, cookie, max_age=VALID_S, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
def log_out() -> RedirectResponse:
    """End the session of this browser."""
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def login_page(
    request: Request, *, why: str = "", then: str = "", status: int = 401, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The form that takes a key; ``then`` is the page to show afterwards, by default the one that was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    page = render(request, "login.html", {"why": why, "next": _own(then or asked)}, status=status)
    page.headers.update(headers or {})
    return page


def _own(address: str) -> str:
    """An address of these pages; ``/`` in place of any other, to which a link could send people."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in address
    return address if own and not address.startswith("//") else "/"
