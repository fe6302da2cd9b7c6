"""Tells in the API's description which operations take a key, and what is said without one."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.access.chosen_project import HEADER
from api.access.rules import RULES, Of
from api.http.problem_responses import problems
from jobs.names.project_name import PROJECT

_SCHEME = "key"
_ANSWERS = {
    str(status): answer
    for status, answer in problems(
        p401="Where the API asks who somebody is: there is no key, or one that is of no use.",
        p403="The role of the key may not do this.",
        p429="A quota of the key or of the project is used up; `Retry-After` says when to try again.",
    ).items()
}
_PROJECT = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The project that is meant, where the key has several.",
    "schema": {"type": "string", "pattern": PROJECT},
}


def describe_access(app: FastAPI) -> None:
    """Complete the description that the application makes of itself."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        complete = app.openapi_schema is not None
        schema = plain()
        if not complete:
            _add(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _add(schema: dict[str, Any]) -> None:
    schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[_SCHEME] = {"type": "http", "scheme": "bearer", "description": "An API key, where the API asks for one."}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            rule = RULES.get(f"{method.upper()} {path}")
            if rule is None or rule.least is None:
                continue
            operation["security"] = [{_SCHEME: []}, {}]
            operation["responses"] = {**_ANSWERS, **operation["responses"]}
            if rule.of is Of.NEW:
                operation.setdefault("parameters", []).append(dict(_PROJECT))
