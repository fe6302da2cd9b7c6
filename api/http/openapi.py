"""Completes the API's description: problem details, names that a generated client can use, and examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.problem import ProblemDetails
from api.http.request_examples import add_examples

_REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Complete what FastAPI makes of the routes."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            model = ProblemDetails.model_json_schema(ref_template=_REF)
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(model.pop("$defs", {}))
            schemas["ProblemDetails"] = model
            _name_apart(schemas)
            add_examples(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _name_apart(schemas: dict[str, Any]) -> None:
    """Where a model is read and written in different forms, title each: generators name classes by titles."""
    for name, schema in schemas.items():
        if name.endswith(("-Input", "-Output")):
            schema["title"] = name.replace("-", "")
