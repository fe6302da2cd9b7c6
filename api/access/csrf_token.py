"""Tells requests of our own pages from those that another site has a browser make with the cookie of a session."""

from __future__ import annotations

from fastapi import HTTPException, Request

from api.access.sessions import Session, Sessions
from api.http.csrf import FIELD, HEADER
from api.http.form_body import form_body, is_form
from api.http.form_parts import form_parts
from api.http.security import SAFE_METHODS

WITH_FILES = frozenset({"POST /upload/model", "POST /upload/pictures"})
"""Forms that send files: their first part is the token, and what follows is left to the route."""


async def check_csrf_token(request: Request, session: Session, sessions: Sessions) -> None:
    """Let a request of a session pass that changes nothing, or that carries the token of the session.

    Raises:
        HTTPException: 403; 422 where the form has too many fields.
    """
    if request.method in SAFE_METHODS:
        return
    token = request.headers.get(HEADER) or await _in_form(request)
    if not await sessions.is_csrf_token(token, session):
        raise HTTPException(
            403,
            f"the form came without the token of your session: load the page again, and send it once more (scripts: "
            f"the header {HEADER}, or an API key in place of the session)",
        )


async def _in_form(request: Request) -> str:
    """The token among the fields of a form; empty where there is none."""
    if request.state.action in WITH_FILES:
        part = await form_parts(request).next()
        return await form_parts(request).text() if part is not None and part.name == FIELD else ""
    if not is_form(request):  # it may be a file of gigabytes
        return ""
    return (await form_body(request)).get(FIELD, [""])[0]
