"""Lets people at a browser log in with an API key, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access.gate import Gate, caller_of
from api.access.sessions import COOKIE, VALID_S
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
async def log_in(request: Request) -> Response:
    """Begin a session, and show the page that was asked for."""
    gate: Gate = request.app.state.gate
    sent = await _fields(request)
    key = await gate.keys.holder(sent.get("key", "").strip())
    if key is None:
        return login_page(request, why=_UNKNOWN, then=sent.get("next", "/"))
    caller = request.state.caller = caller_of(key)
    project = sent.get("project", "").strip() or caller.project or min(key.projects)
    if not caller.sees(project):
        return login_page(request, why=f"This key is not of the project {project!r}.", then=sent.get("next", "/"))
    answer = RedirectResponse(_own(sent.get("next", "/")), status_code=303)
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


async def _fields(request: Request) -> dict[str, str]:
    sent = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in sent.items()}


def _own(address: str) -> str:
    """An address of these pages; ``/`` in place of any other, to which a link could send people."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in address
    return address if own and not address.startswith("//") else "/"
