"""Turns exceptions into answers: problem details for programs, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi import HTTPException as RouteException
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.http.problem import RETRY_AFTER_S, FieldProblem, problem
from api.http.validation import body_problems, field_problems, is_of_unread_body, summary
from api.pages.home import refused_selection
from api.pages.kept_texts import kept_texts
from api.pages.login import login_page
from api.pages.new_job import refused_form
from api.pages.notices_page import refused_channel
from api.pages.remarks_form import refused_remarks
from api.pages.templates import render
from api.pages.upload_page import refused_upload
from api.pages.way_back import way_back
from api.readers.unreadable import Unreadable
from dispatch.housekeeping.delete import StillNeeded
from dispatch.remarks import UnreadableRemarks
from dispatch.submission import IdempotencyConflict
from jobs.errors import InvalidSpec, JobError, ObjectNotFound, Retryable, is_exhaustion
from store.key import InvalidKey

log = structlog.get_logger()
_FORMS = (refused_form, refused_channel, refused_remarks, refused_selection, refused_upload)
"""Each shows a form again, as it was sent, or gives None where another one was sent, or that is of no use."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of this application in one form."""
    app.add_exception_handler(RequestValidationError, _keeping_form(_on_validation_error))
    app.add_exception_handler(HTTPException, _keeping_form(_on_http_error))
    app.add_exception_handler(JobError, _keeping_form(_on_job_error))
    app.add_exception_handler(Exception, _on_bug)


def wants_page(request: Request) -> bool:
    """Whether a person asked, with a browser, for something outside the API."""
    return not request.url.path.startswith("/v1") and "text/html" in request.headers.get("accept", "")


def _keeping_form(answer: Callable[[Request, Exception], Response]) -> Callable[[Request, Exception], Any]:
    """A handler that shows a form again, as it was sent, where it was refused; else it answers so."""

    async def handler(request: Request, error: Exception) -> Response:
        if wants_page(request) and request.method == "POST":
            page = await _form_again(request, error)
            if page is not None:
                return page
            request.state.kept_texts = await kept_texts(request)
        return await run_in_threadpool(answer, request, error)

    return handler


async def _form_again(request: Request, error: Exception) -> Response | None:
    refusal = error if isinstance(error, RouteException) else _refusal(error) if isinstance(error, JobError) else None
    if refusal is None:
        return None
    for form in _FORMS:
        page = await form(request, refusal)
        if page is not None:
            return page
    return None


def _refusal(error: JobError) -> RouteException:
    """The status and the words by which an error is told."""
    if isinstance(error, InvalidSpec):
        return RouteException(422, f"{error.field}: {error}" if error.field else str(error))
    if isinstance(error, (IdempotencyConflict, StillNeeded, Unreadable, UnreadableRemarks)):
        return RouteException(409, str(error))
    if isinstance(error, (ObjectNotFound, InvalidKey)):
        return RouteException(404, str(error))
    if isinstance(error, Retryable):
        return RouteException(503, str(error), {"Retry-After": str(RETRY_AFTER_S)})
    return RouteException(500, str(error))


def _answer(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    if wants_page(request) and status == HTTPStatus.UNAUTHORIZED:
        return login_page(request, why=detail, headers=headers)
    if wants_page(request):
        context = {
            "title": HTTPStatus(status).phrase,
            "detail": detail,
            "back": way_back(request),
            "kept": getattr(request.state, "kept_texts", []),
        }
        page = render(request, "error.html", context, status=status)
        page.headers.update(headers or {})
        return page
    return problem(request, status, detail, errors=errors, headers=headers)


def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    sent = request.headers.get("content-type")
    not_json = "json" not in (sent or "") and any(map(is_of_unread_body, error.errors()))
    errors = body_problems(sent) if not_json else field_problems(error.errors())
    title = "Invalid " + ", ".join(each.field or "request" for each in errors)
    if wants_page(request):
        return _answer(request, 422, summary(errors))
    return problem(request, 422, summary(errors), title=title, errors=errors)


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    detail = str(error.detail)
    if detail == HTTPStatus(error.status_code).phrase:
        detail = f"{request.method} {request.url.path}: {_reason(error.status_code)}"
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (offered := _offered(request)):
        headers["Allow"] = ", ".join(offered)
    return _answer(request, error.status_code, detail, headers=headers)


def _offered(request: Request) -> list[str]:
    """The methods of all routes on this path; the framework names those of the first route alone."""
    asked = [{**request.scope, "method": "GET" if method == "HEAD" else method} for method in _METHODS]
    found = [any(route.matches(scope)[0] is Match.FULL for route in request.app.routes) for scope in asked]
    return [method for method, offered in zip(_METHODS, found, strict=True) if offered]


def _reason(status: int) -> str:
    known = {
        404: "there is nothing here; /openapi.json lists what there is",
        405: "this method is not offered here; the Allow header names those that are",
    }
    return known.get(status, HTTPStatus(status).phrase)


def _on_job_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, JobError)  # noqa: S101
    told = _refusal(error)
    if isinstance(error, InvalidSpec) and not wants_page(request):
        errors = [FieldProblem(field=error.field, message=str(error))]
        return problem(request, 422, told.detail, title=f"Invalid {error.field or 'request'}", errors=errors)
    if told.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", path=request.url.path, error=str(error))
    return _answer(request, told.status_code, told.detail, headers=dict(told.headers or {}))


def _on_bug(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, error=repr(error))
    if is_exhaustion(error):
        detail = f"this machine has no room left for now: {error}"
        return _answer(request, 503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})
    return _answer(request, 500, "this is a fault of the server: its log says more")
