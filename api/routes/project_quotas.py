"""Sets how much projects may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path
from fastapi.openapi.models import Example

from api.backend import BackendOf
from api.http.problem_responses import problems
from dispatch.identity.project_quotas import read_quota, write_quota
from jobs.identity.quota import Quota
from jobs.names.project_name import PROJECT

router = APIRouter(prefix="/v1/projects", tags=["identity"])
Project = Annotated[str, Path(description="Name of the project.", pattern=PROJECT)]
_EXAMPLES: dict[str, Example] = {
    "two bounds": {
        "summary": "Four jobs at once, and 10,000 images a day",
        "value": {"active_jobs": 4, "images_per_day": 10_000},
    }
}


@router.get("/{project}/quota", responses=problems(404, 422, 503))
def get_quota(project: Project, backend: BackendOf) -> Quota:
    """What the project may do; null where there is no bound."""
    return read_quota(project, backend.store)


@router.put("/{project}/quota", responses=problems(400, 404, 422, 503))
def set_quota(project: Project, quota: Annotated[Quota, Body(openapi_examples=_EXAMPLES)], backend: BackendOf) -> Quota:
    """Set what the project may do, in place of what it might before; counts within five seconds."""
    write_quota(project, quota, backend.store)
    return quota
