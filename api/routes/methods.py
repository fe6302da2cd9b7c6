"""Lists the methods of explanation that jobs can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.http.problem_responses import problems
from jobs.specs.explanation_methods import Colours
from jobs.specs.installed_methods import installed_methods

router = APIRouter(prefix="/v1/methods", tags=["methods"])


class MethodItem(BaseModel):
    """One method."""

    name: str = Field(description="What a job names it by.")
    title: str
    short: str
    colours: Colours = Field(description="sequential: never below zero; diverging: for and against.")
    of_layer: bool = Field(description="Whether its maps have the resolution of a layer, not of the image.")
    docs: str
    options: dict[str, Any] | None = Field(description="JSON schema of its `method_options`; null: it takes none.")
    package: str | None = Field(description="Name and version of the package that adds it; null: built in.")


class UnusableItem(BaseModel):
    """What a package offers as a method, and why it is none."""

    name: str
    package: str
    reason: str


class MethodList(BaseModel):
    """All methods that are installed beside the API; workers need the same packages."""

    items: list[MethodItem]
    unusable: list[UnusableItem]


@router.get("", responses=problems(422))
def list_methods() -> MethodList:
    """Methods of explanation: the built-in ones, and those that installed packages add."""
    unusable = [
        UnusableItem(name=each.name, package=each.package, reason=each.reason) for each in installed_methods().unusable
    ]
    return MethodList(items=list(_items()), unusable=unusable)


def _items() -> Iterator[MethodItem]:
    found = installed_methods()
    for name, method in found.usable.items():
        yield MethodItem(
            name=name,
            title=method.title,
            short=method.short,
            colours=method.colours,
            of_layer=method.of_layer,
            docs=method.docs,
            options=None if method.options is None else method.options.model_json_schema(),
            package=found.packages.get(name),
        )
