"""Declares the problem answers of routes, for the API's description."""

from __future__ import annotations

from typing import Any

_PROBLEMS = {
    400: "The body is not UTF-8.",
    404: "There is no such thing.",
    422: "The request cannot be taken as it is; `errors` names each field.",
    503: "The store or the broker does not answer; try again.",
}


def problems(*statuses: int, **described: str) -> dict[int | str, dict[str, Any]]:
    """Declare problem answers: by status, or as ``p409="why"`` where the reason is particular."""
    texts = {status: _PROBLEMS[status] for status in statuses}
    texts.update({int(name.removeprefix("p")): text for name, text in described.items()})
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": text, "content": {"application/problem+json": {"schema": schema}}}
        for status, text in texts.items()
    }
