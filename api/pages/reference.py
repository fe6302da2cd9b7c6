"""Shows the API's description as a page, which needs neither scripts nor the internet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages.templates import render

router = APIRouter(include_in_schema=False)
_SCHEMAS = "#/components/schemas/"
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "maxLength": "longest",
    "pattern": "pattern",
}


@router.get("/docs")
def show_reference(request: Request) -> HTMLResponse:
    """All operations with their parameters, bodies, answers and examples, and all types."""
    description = request.app.openapi()
    types = sorted(description["components"]["schemas"].items())
    context = {
        "description": description,
        "operations": list(_operations(description)),
        "types": [(name, each, list(_fields(each))) for name, each in types],
        "parameter_type": lambda parameter: type_in_words(parameter["schema"]),
        "type_of": type_of_body,
        "as_json": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    return render(request, "reference.html", context)


def _operations(description: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield {"method": method.upper(), "path": path, **operation}


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": type_in_words(field),
            "default": json.dumps(field["default"]) if "default" in field else "required" if name in required else "",
            "description": field.get("description", ""),
        }


def type_of_body(content: Mapping[str, Any]) -> str:
    """The type of a body, or nothing where it is just bytes."""
    return type_in_words(content["schema"]) if content.get("schema") else ""


def type_in_words(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a line, such as ``integer, at least 1, or null``; types by their names."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(map(type_in_words, schema[union]))
    if "const" in schema or "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    return ", ".join(
        [_plain_type(schema), *(f"{words} {schema[key]}" for key, words in _BOUNDS.items() if key in schema)]
    )


def _plain_type(schema: Mapping[str, Any]) -> str:
    kind = str(schema.get("type", "any value"))
    if kind == "array" and schema.get("items"):
        return f"list of {type_in_words(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_in_words(schema['additionalProperties'])}"
    return "bytes" if schema.get("format") == "binary" else kind
