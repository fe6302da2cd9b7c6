"""Refuses query parameters that a route does not have: left unread, a misspelt filter would show everything."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from jobs.names.near_name import did_you_mean

_LONGEST_NAME = 100


ANY_QUERY = "any query"
"""Tag of a route that others send browsers to, with parameters of their own."""


async def refuse_unknown_query(request: Request) -> None:
    """Let a request pass whose query parameters are all known to its route.

    Raises:
        RequestValidationError: one is not; names it, and those that there are.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute) or ANY_QUERY in route.tags:
        return
    known = list(dict.fromkeys(query_names(route.dependant)))
    unknown = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    if unknown:
        raise RequestValidationError([_refusal(name[:_LONGEST_NAME], known) for name in unknown])


def query_names(dependant: Dependant) -> Iterator[str]:
    """The query parameters that a route reads, those of its dependencies included."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from (field.alias or name for name, field in annotation.model_fields.items())
        else:
            yield parameter.alias
    for each in dependant.dependencies:
        yield from query_names(each)


def _refusal(name: str, known: list[str]) -> dict[str, object]:
    there = f"there are {', '.join(known)}" if known else "there is none here"
    message = f"unknown query parameter: {there}{did_you_mean(name, known, cutoff=0.6)}"
    return {"type": "unknown_query_parameter", "loc": ("query", name), "msg": message, "input": None}
