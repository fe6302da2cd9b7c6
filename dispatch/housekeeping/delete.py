"""Deletes things and brings them back. Nothing is removed here: cleaning up does that a day later.

A thing is hidden only once all that refers to it is, and comes back before that does, so a process may die in between.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dispatch.housekeeping.deletions import (
    deleted_things,
    list_deletions,
    read_deletion,
    remove_deletion,
    write_deletion,
)
from dispatch.housekeeping.reference_graph import KnownJob, ReferenceGraph, read_graph, with_new_jobs
from dispatch.job_index.entries import read_row
from jobs import keys
from jobs.errors import Corrupt, JobError, NewerVersion, ObjectNotFound
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.references import references_of
from jobs.housekeeping.thing import Thing, ThingKind, job_thing, prefixes_of, project_of_thing
from jobs.job import Job
from jobs.lists.index_row import IndexRow
from store.base import ObjectStore

SHOWN = 5


class StillNeeded(JobError):
    """The thing cannot be deleted, or brought back, as things stand.

    Attributes:
        jobs: that depend on it.
    """

    def __init__(self, message: str, *, jobs: Sequence[KnownJob] = ()) -> None:
        super().__init__(message)
        self.jobs = tuple(jobs)


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be deleted.

    Attributes:
        by: their name.
        with_dependents: also the jobs that depend on it.
        why: such as a rule of retention.
        projects: that they see; None for all.
        at: now, by the clock by which cleaning up goes: Redis' own.
    """

    thing: Thing
    by: str = ""
    with_dependents: bool = False
    why: str = ""
    projects: frozenset[str] | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Affected:
    """What goes with things.

    Attributes:
        parts: jobs that they have started.
        dependents: jobs that refer to them or to their parts, and those that refer to these.
    """

    parts: tuple[KnownJob, ...]
    dependents: tuple[KnownJob, ...]


def affected_by(things: Collection[Thing], graph: ReferenceGraph, store: ObjectStore) -> Affected:
    """What depends on things, leaving out these themselves, and what is deleted already."""
    gone, parts = deleted_things(store), graph.parts(things)
    others = sorted(parts - gone - set(things))
    mine = [graph.jobs[part.name] for part in others if part.name in graph.jobs]
    return Affected(tuple(mine), tuple(graph.all_dependents(parts, but=gone)))


def delete(wish: Wish, store: ObjectStore, *, graph: ReferenceGraph | None = None) -> list[Deletion]:
    """Hide a thing, the jobs that it has started and, where wished, all that depends on it; what was hidden now.

    Args:
        wish: what, by whom.
        store: where it lies.
        graph: all jobs, read a moment ago by whoever deletes several things; read now where it is None.

    Raises:
        ObjectNotFound: there is no such thing.
        StillNeeded: a job is not over, or others depend on the thing, and they were not to be deleted.
    """
    _check_there(wish.thing, store)
    graph = read_graph(store) if graph is None else with_new_jobs(graph, store)
    found = affected_by([wish.thing], graph, store)
    refused = [job for job in found.dependents if job.refused]
    if refused:
        raise StillNeeded(_not_given(wish, refused))
    if not all(_is_seen(job, wish) for job in found.dependents):
        raise StillNeeded(f"{wish.thing} is used by jobs of projects that you do not see: ask an admin")
    if found.dependents and not wish.with_dependents:
        raise StillNeeded(_needed(wish.thing, found.dependents), jobs=found.dependents)
    own = [graph.jobs[wish.thing.name]] if wish.thing.name in graph.jobs and _is_job(wish.thing) else []
    jobs = [*own, *found.parts, *found.dependents]
    _check_over(jobs)
    ordered = [(job_thing(row.id), row.project) for row in _users_first([job.row for job in jobs])]
    if not own:
        ordered.append((wish.thing, project_of_thing(wish.thing) or ""))
    deletions = [_deletion(thing, of_project, wish) for thing, of_project in ordered]
    for deletion in deletions:
        write_deletion(deletion, store)
    return deletions


def restore(thing: Thing, store: ObjectStore, *, now: datetime | None = None) -> list[Thing]:
    """Bring back a thing and all that was deleted with it.

    Args:
        thing: that is deleted.
        store: where it lies.
        now: by the clock by which cleaning up goes; by that of this machine where it is None.

    Raises:
        ObjectNotFound: it is not deleted.
        StillNeeded: it is too late, or it refers to something that is deleted, too.
    """
    deletion, now = read_deletion(thing, store), now or datetime.now(UTC)
    if deletion is None:
        raise ObjectNotFound(f"{thing} is not deleted: 'florescope deleted' lists what is")
    if not deletion.may_be_undone(now):
        raise StillNeeded(f"{thing} was deleted {deletion.at:%Y-%m-%d %H:%M} UTC: that can be undone for 24 hours")
    every = list(list_deletions(store))
    together = {each.thing for each in every if each.root == thing} | {thing}
    gone = {each.thing for each in every} - together
    missing = sorted(gone & {needed for each in together for needed in _needs_of(each, store)})
    if missing:
        raise StillNeeded(f"{thing} refers to {missing[0]}, which is deleted, too: restore that first")
    rows = [row for each in together if _is_job(each) and (row := read_row(each.name, store)) is not None]
    jobs = [job_thing(row.id) for row in reversed(_users_first(rows))]
    ordered = sorted(each for each in together if not _is_job(each)) + jobs
    for each in ordered:
        remove_deletion(each, store)
    return ordered


def _users_first(rows: Sequence[IndexRow]) -> list[IndexRow]:
    """What refers to others before these: a job refers to older ones, and to those that it has started."""
    parents_first = sorted({row.id: row for row in rows}.values(), key=lambda row: bool(row.parent))
    return sorted(parents_first, key=lambda row: row.parent or row.id, reverse=True)


def _needs_of(thing: Thing, store: ObjectStore) -> frozenset[Thing]:
    """What a thing needs to be there: of a job, which is over, no upload."""
    if not _is_job(thing):
        return frozenset()
    try:
        named = references_of(Job.decode(store.get(keys.spec(thing.name))))
    except (ObjectNotFound, Corrupt, NewerVersion):
        return frozenset()
    return frozenset(each for each in named if each.kind is not ThingKind.UPLOAD)


def _check_there(thing: Thing, store: ObjectStore) -> None:
    if _is_job(thing):
        there = read_row(thing.name, store) is not None
    else:
        there = any(store.list(prefixes_of(thing)[0], limit=1))
    if not there:
        raise ObjectNotFound(f"there is no {thing}")


def _check_over(jobs: Sequence[KnownJob]) -> None:
    running = [job for job in jobs if job.active or not job.row.state]
    if running:
        raise StillNeeded(f"{_listed(running)} not over: cancel first, then delete", jobs=running)


def _is_seen(job: KnownJob, wish: Wish) -> bool:
    return wish.projects is None or job.row.project in wish.projects


def _not_given(wish: Wish, refused: Sequence[KnownJob]) -> str:
    """Names those jobs alone that are known to be of a project that who wishes sees."""
    seen = [job for job in refused if _is_seen(job, wish)]
    if seen:
        return f"the store does not give {_names(seen)}, which may use {wish.thing}: mend that first"
    return f"the store does not give jobs that may use {wish.thing}, and that you do not see: ask an admin"


def _needed(thing: Thing, dependents: Sequence[KnownJob]) -> str:
    return (
        f"{thing} is used by {len(dependents)} job{'s' if len(dependents) > 1 else ''}: {_names(dependents)}. Delete "
        "these first, or all together (with_dependents=true, --with-dependents), or archive it"
    )


def _listed(jobs: Sequence[KnownJob]) -> str:
    return f"{_names(jobs)} {'is' if len(jobs) == 1 else 'are'}"


def _names(jobs: Sequence[KnownJob]) -> str:
    shown = ", ".join(f"{job.row.kind or 'job'} {job.row.id}" for job in jobs[:SHOWN])
    return f"{shown}, …" if len(jobs) > SHOWN else shown


def _is_job(thing: Thing) -> bool:
    return thing.kind is ThingKind.JOB


def _deletion(thing: Thing, project: str, wish: Wish) -> Deletion:
    return Deletion(
        kind=thing.kind,
        name=thing.name,
        root_kind=wish.thing.kind,
        root_name=wish.thing.name,
        project=project,
        by=wish.by,
        why=wish.why,
        at=wish.at,
    )
