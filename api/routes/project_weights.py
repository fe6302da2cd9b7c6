"""Sets how large the share of a project is, of the workers that several projects wait for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.routes.project_quotas import Project
from dispatch.turns.shared_rules import read_weight
from jobs.turns.turn import Weight

router = APIRouter(prefix="/v1/projects", tags=["identity"])
_EXAMPLES: dict[str, Example] = {"double": {"summary": "Twice the usual share", "value": {"weight": 2}}}


class Share(BaseModel):
    """How large the share of a project is of workers that several wait for."""

    model_config = ConfigDict(extra="forbid")

    weight: Weight = Field(description="Beside those of other projects, which have 1 unless they were given another.")


@router.get("/{project}/weight", responses=problems(404, 422, 503))
def get_weight(project: Project, backend: BackendOf) -> Share:
    """The weight of a project."""
    return Share(weight=read_weight(project, backend.store).weight)


@router.put("/{project}/weight", responses=problems(400, 404, 422, 503))
def set_weight(
    project: Project, share: Annotated[Share, Body(openapi_examples=_EXAMPLES)], backend: BackendOf
) -> Share:
    """Give a project another weight; counts from the next step that is let out."""
    return Share(weight=backend.turns.set_weight(project, share.weight).weight)
