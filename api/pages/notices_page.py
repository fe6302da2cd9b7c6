"""Shows where a project is told that its jobs are over, with a button to try each, and what was told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.backend import Backend, BackendOf, backend_of
from api.http.caller import current_caller
from api.http.form_body import FormBody, first_text, form_body
from api.http.validation import field_problems, in_body, summary
from api.pages.templates import render
from api.routes.notify import (
    Name,
    NewChannel,
    delete_channel,
    get_channels,
    get_notices,
    put_channel,
    test_channel,
)
from api.routes.project_quotas import Project
from jobs.errors import InvalidSpec, JobError
from jobs.identity.role import Role
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.notice.address import MESSAGE_SCHEMES
from jobs.notice.channel import CHANNEL, ENDS
from store.key import InvalidKey

router = APIRouter(include_in_schema=False)
_AGAIN = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Refusals after which the same form can be sent, mended or later."""
_EMPTY: Mapping[str, Sequence[str]] = MappingProxyType({"states": [end.value for end in ENDS], "every_job": ["yes"]})
"""What a form shows that nobody has filled in."""


@router.get("/notices")
def show_own_notices(request: Request, backend: BackendOf) -> HTMLResponse:
    """The same of the project that this person works in."""
    caller = current_caller()
    return _shown(caller.project or min(caller.projects or {DEFAULT_PROJECT}), request, backend)


@router.get("/projects/{project}/notices")
def show_notices(project: Project, request: Request, backend: BackendOf) -> HTMLResponse:
    """Channels, and what was told in the last 30 days."""
    return _shown(project, request, backend)


@router.post("/projects/{project}/channels")
def set_from_page(project: Project, request: Request, backend: BackendOf, sent: FormBody) -> HTMLResponse:
    """Set a channel, and show the secret of a webhook, this once; or say what is wrong."""
    given = {
        "kind": first_text(sent, "kind"),
        "url": first_text(sent, "url").strip(),
        "states": tuple(sent.get("states", ())),
        "every_job": first_text(sent, "every_job") == "yes",
    }
    name = first_text(sent, "name").strip()
    try:
        wanted = NewChannel.model_validate(given)
        made = put_channel(project, _checked(name), wanted, backend)
    except ValidationError as error:
        raise InvalidSpec(summary(field_problems(in_body(error)))) from error
    return _shown(project, request, backend, {"made": made})


async def refused_channel(request: Request, refusal: HTTPException) -> Response | None:
    """The page with why no channel was set, and the form as it was sent, without the address, which is a secret.

    None where another form was sent, and where whoever sent it may not set channels.
    """
    sends_channel = getattr(request.state, "action", None) == "POST /projects/{project}/channels"
    if not sends_channel or refusal.status_code not in _AGAIN:
        return None
    project, backend = request.path_params["project"], backend_of(request)
    try:
        sent = await form_body(request)
        page = await run_in_threadpool(_shown, project, request, backend, {"why": refusal.detail, "sent": sent})
    except (HTTPException, JobError, InvalidKey):
        return None
    page.status_code = refusal.status_code
    page.headers.update(refusal.headers or {})
    return page


@router.post("/projects/{project}/channels/{channel}/test")
def test_from_page(project: Project, channel: Name, backend: BackendOf) -> RedirectResponse:
    """Have a test sent, and show what becomes of it."""
    test_channel(project, channel, backend)
    return RedirectResponse(_page(project), status_code=303)


@router.post("/projects/{project}/channels/{channel}/remove")
def remove_from_page(project: Project, channel: Name, backend: BackendOf) -> RedirectResponse:
    """Tell nobody by a channel any more."""
    delete_channel(project, channel, backend)
    return RedirectResponse(_page(project), status_code=303)


def _shown(
    project: str, request: Request, backend: Backend, more: Mapping[str, object] = MappingProxyType({})
) -> HTMLResponse:
    """The page; ``more`` says what became of a form that was sent."""
    context = {
        "project": project,
        "channels": get_channels(project, backend).items,
        "notices": get_notices(project, backend).items,
        "may_change": current_caller().role.may(Role.ADMIN),
        "services": sorted({name for name in MESSAGE_SCHEMES.values() if "," not in name}),
        "pattern": CHANNEL,
        "ends": ENDS,
        "made": None,
        "why": "",
        "sent": _EMPTY,
        **more,
    }
    return render(request, "notices.html", context)


def _checked(name: str) -> str:
    if not re.fullmatch(CHANNEL, name):
        raise InvalidSpec(f"{name!r} is no name of a channel: a to z, digits and - between them", field="name")
    return name


def _page(project: str) -> str:
    return f"/projects/{project}/notices"
