"""Makes a page from a template and values; everything is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.http.caller import current_caller
from api.http.csrf import with_token
from api.pages.browser_pattern import browser_pattern
from api.pages.forms.fields import FieldGroup, FormField
from jobs.names.file_name import photograph_name
from jobs.results.answered_question import answered_questions
from jobs.results.convergence import describe_errors
from jobs.results.verdicts.audit_verdict import finding_id
from jobs.results.wording import code_parts, number, p_value, points, unbroken, unbroken_percent, words
from jobs.specs.installed_methods import describe_method

FOLDER = Path(__file__).parents[1] / "templates"


def render(request: Request, name: str, context: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """Make a page."""
    headers = {"Cache-Control": "no-store"}
    token = getattr(request.state, "csrf_token", None)
    known = {"caller": current_caller(), "csrf_token": token}
    page = _environment.get_template(name).render({"request": request, **known, **context})
    return HTMLResponse(with_token(page, token) if token else page, status_code=status, headers=headers)


def moment(value: datetime | None) -> str:
    """A time, in UTC."""
    return "–" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(seconds: float | None) -> str:
    """A length of time, to two figures or so."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def title(method: str) -> str:
    """What people call a method of explanation."""
    return describe_method(method).title


def file_part(name: str) -> str:
    """What a file is called within its folder."""
    return name.rpartition("/")[2]


def any_faulty(parts: Iterable[FormField | FieldGroup], errors: Mapping[str, str]) -> bool:
    """Whether anything is wrong with one of these parts of a form, or within."""
    return any(f"{name}.".startswith(f"{part.name}.") for part in parts for name in errors)


_environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    percent=unbroken_percent,
    unbroken=unbroken,
    moment=moment,
    duration=duration,
    number=number,
    words=words,
    points=points,
    p_value=p_value,
    code_parts=code_parts,
    missed=describe_errors,
    questions=answered_questions,
    method_title=title,
    any_faulty=any_faulty,
    file_part=file_part,
    photograph_name=photograph_name,
    finding_id=finding_id,
    browser_pattern=browser_pattern,
)
