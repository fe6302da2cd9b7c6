"""Sets how much projects may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.backend import BackendOf
from api.http.problem_responses import problems
from dispatch.identity.project_quotas import read_quota, write_quota
from jobs.identity.quota import Quota
from jobs.names.project_name import PROJECT

router = APIRouter(prefix="/v1/projects", tags=["identity"])
Project = Annotated[str, Path(description="Name of the project.", pattern=PROJECT)]


@router.get("/{project}/quota", responses=problems(404, 422, 503))
def get_quota(project: Project, backend: BackendOf) -> Quota:
    """What the project may do; null where there is no bound."""
    return read_quota(project, backend.store)


@router.put("/{project}/quota", responses=problems(404, 422, 503))
def set_quota(project: Project, quota: Quota, backend: BackendOf) -> Quota:
    """Set what the project may do, in place of what it might before; counts within five seconds."""
    write_quota(project, quota, backend.store)
    return quota
