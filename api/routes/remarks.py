"""Changes what people write beside a job: its name, its tags and their notes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException
from fastapi.openapi.models import Example
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.backend import Backend, BackendOf
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.routes.jobs import UNREADABLE, JobId
from api.submission.wish_check import check_deadline
from dispatch.remarks import write_remarks
from jobs.job import JobResource
from jobs.job_note import Notes, Tags
from jobs.specs.spec_values import Name
from jobs.turns.turn import Priority

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


_OF_THE_TURN = {"priority", "deadline"}


class JobChange(BaseModel):
    """What is to be other than before; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(default=None, description="In place of the specification's; null: that one again.")
    tags: Tags = Field(default=(), description="All tags that the job is to have.")
    notes: Notes = Field(default="", description="As many lines as wanted.")
    priority: Priority = Field(default=Priority.NORMAL, description="Among the jobs of its project, while it waits.")
    deadline: AwareDatetime | None = Field(default=None, description="By when it must have ended; null: never.")


_EXAMPLES: dict[str, Example] = {
    "tags": {
        "summary": "Name and tag a job",
        "value": {"name": "petals second try", "tags": ["report"], "notes": "kept for the report"},
    },
    "priority": {"summary": "Let a job overtake others of its project", "value": {"priority": "high"}},
}


@router.patch(f"/{{job_id:{NOUN}}}", responses=problems(400, 404, 422, 503, p409=UNREADABLE))
def change_job(
    job_id: JobId, change: Annotated[JobChange, Body(openapi_examples=_EXAMPLES)], backend: BackendOf
) -> JobResource:
    """Give a job another name, tags or notes, also when it is over; or another priority or deadline while it is not.

    What it was asked to do does not change.
    """
    apply_change(job_id, change, backend)
    return backend.jobs.resource(job_id, live=False) if backend.logs.is_over(job_id) else backend.jobs.resource(job_id)


def apply_change(job_id: str, change: JobChange, backend: Backend) -> None:
    """Change those of name, tags, notes, priority and deadline that are given.

    Raises:
        ObjectNotFound: there is no such job.
        HTTPException: its turn is to be another one, and it is over.
        InvalidSpec: the deadline has passed already.
    """
    job = backend.jobs.row(job_id, live=False)
    changes = change.model_dump(exclude_unset=True)
    turn = {name: changes.pop(name) for name in _OF_THE_TURN & changes.keys()}
    if turn and job.state.terminal:
        raise HTTPException(409, f"job {job_id} is over, it is {job.state.value}: nothing of it waits for its turn")
    check_deadline(turn.get("deadline"))
    if "tags" in changes:
        changes["tags"] = tuple(dict.fromkeys(changes["tags"]))
    if changes:
        write_remarks(job_id, changes, backend.store)
    if turn:
        backend.turns.change(job_id, turn)
