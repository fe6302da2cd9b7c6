"""Defines the field type of a method's name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from jobs.specs import patterns
from jobs.specs.installed_methods import installed_methods


class _Listed:
    """Lists the installed methods in the JSON schema of what is submitted.

    The type itself takes any name: a stored job stays readable after the package of its method is gone. Submission
    checks whether a method is installed (``jobs.specs.method_options``).
    """

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        return {**found, "enum": list(installed_methods().usable)} if handler.mode == "validation" else found


MethodName = Annotated[str, Field(max_length=64, pattern=patterns.METHOD)]
"""The name of any method, also of one whose package is gone."""
Method = Annotated[MethodName, _Listed()]
"""The name of a method that a new job asks for."""
