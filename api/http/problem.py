"""Makes the answer to a request that went wrong: RFC 9457 problem details."""

from __future__ import annotations

import json
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


class FieldProblem(BaseModel):
    """One field of a request that cannot be taken as it is."""

    field: str = Field(description="Dotted path, for example `ig.tolerance`; empty for the whole request.")
    message: str = Field(description="What is wrong, and how to mend it.")
    input: str | int | float | bool | None = Field(default=None, description="What was sent, where it is short.")


class ProblemDetails(BaseModel):
    """What is wrong with a request, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None


class ProblemResponse(JSONResponse):
    """Problem details as JSON, which may quote whatever a client sent."""

    media_type = MEDIA_TYPE

    def render(self, content: object) -> bytes:
        """Encode as JSON; half a character, which a client may send and nobody can encode, becomes a question mark."""
        assert isinstance(content, ProblemDetails)  # noqa: S101
        return json.dumps(content.model_dump(exclude_none=True), ensure_ascii=False).encode("utf-8", "replace")


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    title: str | None = None,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    """The answer to a request that went wrong."""
    phrase = HTTPStatus(status).phrase
    body = ProblemDetails(
        type=f"urn:florescope:problem:{phrase.lower().replace(' ', '-')}",
        title=title or phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        errors=errors,
    )
    return ProblemResponse(body, status_code=status, headers=headers)
