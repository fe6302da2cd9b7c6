"""Lets people at a browser log in with an API key, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access.chosen_project import check_name
from api.access.gate import Gate, caller_of
from api.access.oidc.sign_in import SignIn
from api.access.sessions import COOKIE, VALID_S
from api.http.form_body import FormBody, first_text
from api.http.security import LOOPBACK, SAFE_METHODS
from api.pages.templates import render
from api.pages.way_back import own_address, way_back
from jobs.errors import InvalidSpec
from jobs.identity.api_key import ApiKey

router = APIRouter(include_in_schema=False)
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
        return login_page(request, why=_UNKNOWN, then=then, project=first_text(sent, "project"))
    caller = request.state.caller = caller_of(key)
    named = first_text(sent, "project").strip()
    project = named or caller.project or min(key.projects)
    try:
        check_name(project, field="project")
    except InvalidSpec as error:
        return login_page(request, why=f"{error}.", then=then, project=named)
    if not caller.sees(project):
        return login_page(request, why=f"This key is not of the project {project!r}.", then=then, project=named)
    answer = RedirectResponse(own_address(then), status_code=303)
    await begin_session(request, answer, key, project=project)
    return answer


async def begin_session(request: Request, answer: Response, key: ApiKey, *, project: str) -> None:
    """Have the browser keep the cookie of a new session."""
    gate: Gate = request.app.state.gate
    cookie = await gate.sessions.begin(key.id, project)
    answer.set_cookie(COOKIE, cookie, max_age=VALID_S, httponly=True, samesite="lax", secure=is_secure(request))


def is_secure(request: Request) -> bool:
    """Whether cookies may travel through TLS alone; on loopback there is none."""
    return request.url.hostname not in LOOPBACK


@router.post("/logout")
def log_out() -> RedirectResponse:
    """End the session of this browser."""
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def login_page(
    request: Request,
    *,
    why: str = "",
    then: str = "",
    project: str = "",
    status: int = 401,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The form that takes a key; ``then`` is the page to show afterwards, by default the one that was asked for.

    After a form was sent, what was written into it stands below, where it is no secret.
    """
    sign_in: SignIn | None = request.app.state.sign_in
    context = {
        "why": why,
        "next": own_address(then or _asked_for(request)),
        "provider": sign_in.options.name if sign_in else "",
        "project": project,
        "kept": getattr(request.state, "kept_texts", []),
    }
    page = render(request, "login.html", context, status=status)
    page.headers.update(headers or {})
    return page


def _asked_for(request: Request) -> str:
    """The page to show; after a form was sent, that of the form: what it was sent to may have none."""
    if request.method not in SAFE_METHODS:
        return way_back(request) or "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
