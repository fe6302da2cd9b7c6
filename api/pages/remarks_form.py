"""Takes a job's other name, its tags and notes from the form on its page; what is refused comes back as it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.backend import BackendOf
from api.http.form_body import FormBody, first_text, form_body
from api.http.problem import FieldProblem
from api.http.validation import field_problems, in_body, summary
from api.pages.sent_again import may_be_sent_again
from api.pages.templates import render
from api.routes.jobs import JobId
from api.routes.remarks import JobChange, apply_change
from jobs.errors import InvalidSpec

router = APIRouter(include_in_schema=False)
ACTION = "POST /jobs/{job_id}/remarks"
TEXTS = ("name", "tags", "notes")


@router.post("/jobs/{job_id}/remarks")
def remark_from_page(job_id: JobId, backend: BackendOf, sent: FormBody) -> RedirectResponse:
    """Give the job another name, tags and notes, and show it again."""
    tags = [tag.strip() for tag in first_text(sent, "tags").split(",") if tag.strip()]
    notes = first_text(sent, "notes").replace("\r\n", "\n")
    given = {"name": first_text(sent, "name").strip() or None, "tags": tags, "notes": notes}
    try:
        change = JobChange.model_validate(given)
    except ValidationError as error:
        problems = field_problems(in_body(error))
        raise InvalidSpec(summary([_named(each, tags) for each in problems])) from error
    apply_change(job_id, change, backend)
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


def _named(each: FieldProblem, tags: Sequence[str]) -> FieldProblem:
    """The problem of a tag by what was written, not by its place."""
    group, _, place = each.field.partition(".")
    return each.model_copy(update={"field": f"tag {tags[int(place)]!r}"}) if group == "tags" and place else each


async def refused_remarks(request: Request, refusal: HTTPException) -> Response | None:
    """The form as it was sent, with why nothing was saved; None where another one was sent, or there is no such job."""
    if getattr(request.state, "action", None) != ACTION or not may_be_sent_again(request, refusal):
        return None
    try:
        sent = await form_body(request)
    except HTTPException:
        return None
    return _form(request, sent, refusal)


def _form(request: Request, sent: Mapping[str, list[str]], refusal: HTTPException) -> HTMLResponse:
    context = {
        "job_id": request.path_params["job_id"],
        "texts": {name: first_text(sent, name) for name in TEXTS},
        "why": refusal.detail,
    }
    page = render(request, "remarks.html", context, status=refusal.status_code)
    page.headers.update(refusal.headers or {})
    return page
