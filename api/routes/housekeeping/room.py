"""Tells how much room things need, sets how long they are kept, and cleans up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.problem_responses import problems
from api.routes.housekeeping.deletion import DeletedItem, item_of, shared_now
from api.routes.project_quotas import Project
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import StillNeeded
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.retention_policies import (
    read_retention,
    read_shared_retention,
    write_retention,
    write_shared_retention,
)
from dispatch.housekeeping.usage_count import count_usage, read_usage, write_usage
from jobs.housekeeping.retention import Retention, SharedRetention
from jobs.housekeeping.thing import ThingKind
from jobs.housekeeping.usage import SubmitterUsage, UsageItem

router = APIRouter(prefix="/v1", tags=["housekeeping"])
ROUND_S = 20.0
_EXAMPLES: dict[str, Example] = {
    "periods": {
        "summary": "Results for 90 days, heatmaps for 30; models for ever",
        "value": {"keep": "90d", "heatmaps": "30d"},
    }
}
_SHARED_EXAMPLES: dict[str, Example] = {
    "features": {"summary": "Features for 60 days after they were written", "value": {"features": "60d"}}
}


class UsagePage(BaseModel):
    """What lay in the store when it was counted last."""

    at: datetime
    items: list[UsageItem]
    submitters: list[SubmitterUsage] = Field(description="The part of it of which is known who put it there.")


class ExpiredItem(BaseModel):
    """A job whose time is over."""

    id: str
    project: str
    why: str


class UnusedItem(BaseModel):
    """An upload or features that nothing refers to."""

    kind: ThingKind
    name: str
    project: str = Field(description="Empty for features, which belong to no project.")
    why: str


class CleanUpResult(BaseModel):
    """What a round of cleaning up does, or did."""

    dry_run: bool
    expired: list[ExpiredItem] = Field(description="Jobs that are deleted now; for a day they can be restored.")
    heatmaps: list[ExpiredItem] = Field(description="Explanations whose pictures and raw maps are removed, for good.")
    unused: list[UnusedItem] = Field(
        description="Uploads and features that are deleted now, since nothing refers to them and their time is over."
    )
    removed: list[DeletedItem] = Field(description="Things that were deleted a day ago, of which nothing is left.")
    needed: list[DeletedItem] = Field(description="Deleted things that a job refers to which is there: they come back.")


@router.get("/usage", responses=problems(422, 503))
def get_usage(backend: BackendOf) -> UsagePage:
    """Objects and bytes in the store by project and kind, counted once an hour."""
    found = read_usage(backend.store)
    if found is None:
        found = count_usage(backend.store)
        write_usage(found, backend.store)
    caller = current_caller()
    return UsagePage(
        at=found.at,
        items=[item for item in found.items if caller.sees(item.project)],
        submitters=[each for each in found.submitters if caller.sees(each.project)],
    )


@router.get("/projects/{project}/retention", responses=problems(404, 422, 503))
def get_retention(project: Project, backend: BackendOf) -> Retention:
    """How long what the project has is kept; null: for ever."""
    return read_retention(project, backend.store)


@router.put("/projects/{project}/retention", responses=problems(400, 404, 422, 503))
def set_retention(
    project: Project, retention: Annotated[Retention, Body(openapi_examples=_EXAMPLES)], backend: BackendOf
) -> Retention:
    """Set how long what the project has is kept, in place of what was set before."""
    write_retention(project, retention, backend.store)
    return retention


@router.get("/retention", responses=problems(422, 503))
def get_shared_retention(backend: BackendOf) -> SharedRetention:
    """How long what all projects share is kept; null: for ever."""
    return read_shared_retention(backend.store)


@router.put("/retention", responses=problems(400, 422, 503))
def set_shared_retention(
    retention: Annotated[SharedRetention, Body(openapi_examples=_SHARED_EXAMPLES)], backend: BackendOf
) -> SharedRetention:
    """Set how long what all projects share is kept, in place of what was set before."""
    write_shared_retention(retention, backend.store)
    return retention


@router.post("/cleanup", responses=problems(422, 503, p409="Another process cleans up."))
def clean_up_now(
    backend: BackendOf, dry_run: Annotated[bool, Query(description="Only tell what would be done.")] = False
) -> CleanUpResult:
    """Clean up now for at most 20 seconds, as workers do every ten minutes, and count what there is."""
    if dry_run:
        return _result(planned(backend.store, now=shared_now(backend)), dry_run=True)
    done = clean_up(backend.store, backend.board, for_s=ROUND_S)
    if done is None:
        raise StillNeeded("another process cleans up at this moment: nothing is to be done")
    write_usage(count_usage(backend.store), backend.store)
    backend.deleted.look_again()
    return _result(done, dry_run=False)


def _result(found: CleanUp, *, dry_run: bool) -> CleanUpResult:
    return CleanUpResult(
        dry_run=dry_run,
        expired=list(map(_expired, found.expired)),
        heatmaps=list(map(_expired, found.heatmaps)),
        unused=[
            UnusedItem(kind=each.thing.kind, name=each.thing.name, project=each.project, why=each.why)
            for each in found.unused
        ],
        removed=[item_of(each) for each in found.removed],
        needed=[item_of(each) for each in found.needed],
    )


def _expired(job: Expired) -> ExpiredItem:
    return ExpiredItem(id=job.thing.name, project=job.project, why=job.why)
