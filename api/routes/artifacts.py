"""Lists the files that a job made, and serves them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.backend import BackendOf
from api.http.problem_responses import problems
from api.http.stored_file import NO_SUCH_PART, file_responses, stored_file
from api.readers.artifact_index import ArtifactIndex, LocatedFile
from api.routes.jobs import After, JobId
from api.routes.results import Direct, Step

router = APIRouter(prefix="/v1/jobs", tags=["results"])

_PROBLEMS = problems(404, 422, 503, p416=NO_SUCH_PART)


class ArtifactItem(BaseModel):
    """One file, and where to get it."""

    name: str
    size: int
    sha256: str
    content_type: str
    step: str | None
    links: dict[str, str]


class ArtifactPage(BaseModel):
    """One page of files: the job's own first, then those of each step."""

    items: list[ArtifactItem]
    next: str | None


@router.get("/{job_id}/artifacts", responses=problems(404, 422, 503))
def list_artifacts(
    job_id: JobId,
    backend: BackendOf,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    after: After = None,
) -> ArtifactPage:
    """Files that are there now; those of unfinished steps are not shown."""
    backend.jobs.job(job_id)
    index = ArtifactIndex(backend.store, backend.reports, backend.results, job_id)
    found, following = index.page(limit=limit, after=after)
    return ArtifactPage(items=[_item(job_id, each) for each in found], next=following)


@router.get("/{job_id}/artifacts/{name:path}", responses={**file_responses(), **_PROBLEMS})
def get_artifact(
    job_id: JobId, name: str, request: Request, backend: BackendOf, step: Step = None, direct: Direct = False
) -> Response:
    """One file; its `ETag` is its SHA-256."""
    backend.jobs.job(job_id)
    artifact = ArtifactIndex(backend.store, backend.reports, backend.results, job_id).find(name, step=step)
    return stored_file(request, backend.store, artifact, direct=direct, download=True)


def _item(job_id: str, located: LocatedFile) -> ArtifactItem:
    artifact, step = located.artifact, located.step
    here = f"/v1/jobs/{job_id}/artifacts/{quote(artifact.name)}"
    return ArtifactItem(
        **artifact.model_dump(exclude={"key"}),
        step=step,
        links={"self": f"{here}?step={quote(step)}" if step else here},
    )
