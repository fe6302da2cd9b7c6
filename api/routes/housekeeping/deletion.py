"""What the routes and pages that delete, restore and archive have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from ulid import ULID

from api.backend import Backend
from api.http.caller import current_caller
from dispatch.housekeeping.archive import set_archived
from dispatch.housekeeping.delete import Wish, affected_by, delete, restore
from dispatch.housekeeping.reference_graph import KnownJob, ReferenceGraph, read_graph
from dispatch.identity.audit_log import record
from jobs.errors import BoardUnavailable
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import Thing, ThingKind
from jobs.identity.audit_event import AuditEvent

REFUSED = "A job is not over, or others depend on it: `detail` names them."
TOO_LATE = "It is not deleted any more, or refers to something that is deleted, too."
WithDependents = Annotated[bool, Query(description="Also the jobs that depend on it.")]


class DeletedItem(BaseModel):
    """A thing that is deleted, and how long that can be undone."""

    kind: ThingKind
    name: str
    project: str = Field(description="Empty where it belongs to none.")
    by: str = Field(description="Who deleted it; empty where nobody had to say.")
    why: str = Field(description="Such as a rule of retention; empty where a person wanted it so.")
    at: datetime
    until: datetime


class DeletedPage(BaseModel):
    """Deleted things; all that can still be restored, and what is about to be removed."""

    items: list[DeletedItem]


class RestoredThing(BaseModel):
    """A thing that is there again."""

    kind: ThingKind
    name: str


class RestoredPage(BaseModel):
    """What was deleted together came back together."""

    items: list[RestoredThing]


class NamedJob(BaseModel):
    """A job that goes with another thing."""

    id: str
    kind: str
    state: str = Field(description="Empty while it is not over.")


class AffectedJobs(BaseModel):
    """What goes with a thing when it is deleted."""

    parts: list[NamedJob] = Field(description="Jobs that it has started: they go in any case.")
    dependents: list[NamedJob] = Field(description="Jobs that use it: they go only if that is asked for.")


def affected(things: Collection[Thing], backend: Backend) -> AffectedJobs:
    """What depends on things, as far as the caller sees it."""
    found = affected_by(things, read_graph(backend.store), backend.store)
    return AffectedJobs(parts=_named(found.parts), dependents=_named(found.dependents))


def delete_thing(
    thing: Thing, backend: Backend, *, with_dependents: bool, graph: ReferenceGraph | None = None
) -> DeletedPage:
    """Hide a thing and what goes with it; each is an event of the audit log. ``graph``: see ``delete``."""
    caller = current_caller()
    wish = Wish(
        thing, by=caller.name, with_dependents=with_dependents, projects=caller.projects, at=shared_now(backend)
    )
    deletions = delete(wish, backend.store, graph=graph)
    backend.deleted.look_again()
    _note("delete", ((each.thing, each.project) for each in deletions), backend)
    return DeletedPage(items=[item_of(each) for each in deletions])


def restore_thing(thing: Thing, backend: Backend) -> RestoredPage:
    """Bring a thing back with all that was deleted with it."""
    things = restore(thing, backend.store, now=shared_now(backend))
    backend.deleted.look_again()
    _note("restore", ((each, current_caller().project) for each in things), backend)
    return RestoredPage(items=[RestoredThing(kind=each.kind, name=each.name) for each in things])


def archive_thing(thing: Thing, backend: Backend, *, archived: bool) -> None:
    """Archive a thing, or take it out of the archive."""
    set_archived(thing, backend.store, archived=archived)
    _note("archive" if archived else "unarchive", [(thing, current_caller().project)], backend)


def shared_now(backend: Backend) -> datetime:
    """The time by which workers clean up: that of Redis, or of this machine while Redis is away."""
    try:
        return backend.board.now()
    except BoardUnavailable:
        return datetime.now(UTC)


def item_of(deletion: Deletion) -> DeletedItem:
    """As the API tells of a deletion."""
    told = deletion.model_dump(include={"kind", "name", "project", "by", "why", "at"})
    return DeletedItem(**told, until=deletion.until)


def _named(jobs: Iterable[KnownJob]) -> list[NamedJob]:
    seen = [job for job in jobs if current_caller().sees(job.row.project)]
    return [NamedJob(id=job.row.id, kind=job.row.kind, state="" if job.active else job.row.state) for job in seen]


def _note(action: str, things: Iterable[tuple[Thing, str]], backend: Backend) -> None:
    """Write down each thing beside the request itself, which names one of them or none."""
    caller = current_caller()
    for thing, project in things if caller.key_id else ():
        event = AuditEvent(
            id=str(ULID()).lower(),
            at=datetime.now(UTC),
            who=caller.name,
            key_id=caller.key_id,
            role=caller.role.value,
            action=action,
            target=str(thing),
            project=project,
            status=200,
        )
        record(event, backend.store)
