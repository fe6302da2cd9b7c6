"""Forms to submit jobs: filled in, checked while they are filled in, and sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from ulid import ULID

from api.backend import Backend, BackendOf
from api.http.form_body import FormBody, first_text, form_body
from api.http.problem import RETRY_AFTER_S
from api.pages.copies import copies, plain_document
from api.pages.forms.document import document_of
from api.pages.forms.fields import form_of
from api.pages.forms.filled_form import FilledForm, blank_form, filled_form
from api.pages.forms.suggestions import suggestions
from api.pages.sent_again import may_be_sent_again
from api.pages.templates import render
from api.routes.jobs import accept_job
from dispatch.submission import NO_WISH
from jobs.errors import Retryable
from jobs.specs.spec import KINDS, SPECS, KindName
from jobs.turns.turn import Wish

router = APIRouter(include_in_schema=False)
Kind = Annotated[KindName, Path(description="Of job.")]
Prefilled = Annotated[str | None, Query(max_length=1000)]
TOKEN = "_token"  # noqa: S105  (no secret: it tells one filling-in from another)
WHAT = {
    "train": "Train a classifier on a data set.",
    "explain": "Show what a model looks at, for every image of a split.",
    "evaluate": "Measure a model, also in worse light and from other angles.",
    "audit": "Look for shortcuts of a model and for faults of the data.",
    "compare": "Hold two explanations or two evaluations against each other.",
    "sweep": "Train with many settings, and keep the best model.",
    "preview": "Look at a data set, and at what augmentation makes of it.",
    "import": "Publish a Keras model that was trained elsewhere.",
    "export": "Write a model as ONNX, LiteRT, SavedModel or Keras file.",
}


@router.get("/new")
def choose_kind(request: Request) -> HTMLResponse:
    """All kinds of job."""
    kinds = [(kind, WHAT[kind]) for kind in sorted(KINDS, key=list(WHAT).index)]
    return render(request, "new.html", {"kinds": kinds})


@router.get("/new/{kind}")
def show_form(  # noqa: PLR0913  (one parameter per field that a link may fill in)
    kind: Kind,
    request: Request,
    backend: BackendOf,
    *,
    job: Annotated[str | None, Query(alias="from", max_length=64)] = None,
    model: Prefilled = None,
    dataset: Prefilled = None,
    split: Prefilled = None,
    explanation: Prefilled = None,
    first: Prefilled = None,
    second: Prefilled = None,
    upload: Prefilled = None,
) -> HTMLResponse:
    """An empty form, or one with the values of an earlier job, or with those that the address names."""
    given = {"model": model, "dataset": dataset, "split": split, "explanation": explanation, "first": first}
    given |= {"second": second, "upload": upload}
    fields = next(spec for spec in SPECS if spec.kind_name() == kind).model_fields
    known = {name: value for name, value in given.items() if value and name in fields}
    document, wish = _earlier(backend, job, kind)
    return _form(request, blank_form(kind, {**document, **known}, wish), backend)


@router.post("/new/{kind}/check")
def check_form(kind: Kind, request: Request, backend: BackendOf, sent: FormBody) -> HTMLResponse:
    """The form with what is wrong with it, for the page that shows it already; nothing is submitted."""
    return _form(request, filled_form(kind, sent, backend))


@router.post("/new/{kind}")
def send_form(kind: Kind, request: Request, backend: BackendOf, sent: FormBody) -> Response:
    """Submit the job and show it; or show the form again, with what is wrong beside the fields."""
    try:
        filled = filled_form(kind, sent, backend)
        if filled.spec is None:
            return _form(request, filled, backend, status=422)
        answer = RedirectResponse("/", status_code=303)
        job = accept_job(filled.spec, answer, backend, idempotency_key=_key(filled, sent), wish=filled.wish)
    except Retryable as error:
        refusal = HTTPException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)})
        return _not_taken(request, refusal, kind=kind, sent=sent, backend=backend)
    except HTTPException as refusal:  # a quota is used up
        return _not_taken(request, refusal, kind=kind, sent=sent, backend=backend)
    answer.headers["Location"] = f"/jobs/{job.id}"
    return answer


async def refused_form(request: Request, refusal: HTTPException) -> Response | None:
    """The form as it was sent, where a request was refused before ``send_form`` saw it; None where it sent none.

    Nothing is read from the store for it: the quota of requests, which refuses most of them, bounds such reading.
    """
    kind = request.path_params.get("kind")
    if getattr(request.state, "action", None) != "POST /new/{kind}" or kind not in KINDS:
        return None
    if not may_be_sent_again(request, refusal):
        return None
    try:
        sent = await form_body(request)
    except HTTPException:
        return None
    return _not_taken(request, refusal, kind=kind, sent=sent)


def _not_taken(
    request: Request,
    refusal: HTTPException,
    *,
    kind: str,
    sent: Mapping[str, list[str]],
    backend: Backend | None = None,
) -> HTMLResponse:
    """The form as it was sent, with why no job came of it; its token stays, so that it is one job if one was stored."""
    why = f"Nothing was submitted: {refusal.detail}"
    if refusal.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        why = f"It may or may not have been submitted: {refusal.detail}. Send it again as it is: it stays one job"
    form = form_of(kind)
    shown = FilledForm(kind, form, sent, document_of(form, sent), errors={"": why})
    page = _form(request, shown, backend, status=refusal.status_code, token=first_text(sent, TOKEN))
    page.headers.update(refusal.headers or {})
    return page


def _key(filled: FilledForm, sent: Mapping[str, list[str]]) -> str | None:
    """The same for the same form that is sent twice, as by a double click."""
    token = first_text(sent, TOKEN)
    if not token or filled.spec is None:
        return None
    return f"page-{hashlib.sha256(token.encode('utf-8', 'replace') + filled.spec.encode()).hexdigest()}"


def _earlier(backend: Backend, job_id: str | None, kind: str) -> tuple[dict[str, Any], Wish]:
    """The specification, priority and deadline of an earlier job."""
    if job_id is None:
        return {}, NO_WISH
    spec = backend.jobs.job(job_id).spec
    if spec.kind_name() != kind:
        raise HTTPException(
            422, f"job {job_id} is of kind {spec.kind_name()!r}: see /new/{spec.kind_name()}?from={job_id}"
        )
    return plain_document(spec), backend.jobs.wish(job_id)


def _form(
    request: Request, filled: FilledForm, backend: Backend | None = None, *, status: int = 200, token: str = ""
) -> HTMLResponse:
    """The page of a form; without a backend, inputs offer nothing, and without a token it gets a new one."""
    context = {
        "filled": filled,
        "what": WHAT[filled.kind],
        "token": token or str(ULID()).lower(),
        "suggestions": suggestions(backend) if backend else {},
        "copies": copies(filled.copied, api=str(request.base_url).rstrip("/")),
    }
    return render(request, "form.html", context, status=status)
