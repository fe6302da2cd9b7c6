"""Shows where a project is told that its jobs are over, with a button to try each, and what was told."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.form_body import FormBody, first_text
from api.http.validation import field_problems, summary
from api.pages.templates import render
from api.routes.notify import (
    MadeChannel,
    Name,
    NewChannel,
    delete_channel,
    get_channels,
    get_notices,
    put_channel,
    test_channel,
)
from api.routes.project_quotas import Project
from jobs.errors import InvalidSpec
from jobs.identity.role import Role
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.notice.address import MESSAGE_SCHEMES
from jobs.notice.channel import CHANNEL, ENDS

router = APIRouter(include_in_schema=False)


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
        located = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        return _shown(project, request, backend, why=summary(field_problems(located)))
    except InvalidSpec as error:
        return _shown(project, request, backend, why=f"{error.field or 'channel'}: {error}")
    return _shown(project, request, backend, made=made)


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
    project: str, request: Request, backend: Backend, *, made: MadeChannel | None = None, why: str = ""
) -> HTMLResponse:
    context = {
        "project": project,
        "channels": get_channels(project, backend).items,
        "notices": get_notices(project, backend).items,
        "may_change": current_caller().role.may(Role.ADMIN),
        "services": sorted({name for name in MESSAGE_SCHEMES.values() if "," not in name}),
        "pattern": CHANNEL,
        "ends": ENDS,
        "made": made,
        "why": why,
    }
    return render(request, "notices.html", context, status=422 if why else 200)


def _checked(name: str) -> str:
    if not re.fullmatch(CHANNEL, name):
        raise InvalidSpec(f"{name!r} is no name of a channel: a to z, digits and - between them", field="name")
    return name


def _page(project: str) -> str:
    return f"/projects/{project}/notices"
