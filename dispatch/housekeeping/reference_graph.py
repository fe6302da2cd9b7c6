"""Which job refers to what, over all jobs of a store: by the index, and by the jobs that it says nothing of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial

from pydantic import JsonValue

from dispatch.housekeeping.id_time import made_at
from dispatch.job_index.build import job_ids, read_state
from dispatch.job_index.entries import entries, row_of_spec
from dispatch.job_index.segments import read_segment, segments
from dispatch.refusal import unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.deletion import CLOCKS
from jobs.housekeeping.references import decoded, references_of
from jobs.housekeeping.thing import Thing, ThingKind, job_thing
from jobs.job import Job
from jobs.lists.index_row import IndexRow, IndexState
from jobs.lists.job_facts import JobFacts, facts_of_row
from jobs.specs.unknown_spec import UnknownSpec
from store.base import ObjectStore

TRIES = 5
"""So often the segments are read again where one was merged into another meanwhile."""
Packed = dict[str, tuple[IndexRow, JobFacts | None]]
"""What segments say of each job, by its id."""


@dataclass(frozen=True)
class KnownJob:
    """A job, as far as deleting goes.

    Attributes:
        active: whether it is not over.
        refers_to: the things that its specification names.
        submitter: the name of who submitted it; empty where that is not known.
        unreadable: the bytes of a specification that cannot be read: whatever they mention counts.
        refused: whether the store does not give its documents: it may refer to whatever was there before it.
    """

    row: IndexRow
    active: bool
    refers_to: frozenset[Thing]
    submitter: str = ""
    unreadable: bytes = b""
    refused: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it has ended, as far as can be read."""
        return not self.active and bool(self.row.state) and not self.refused

    @property
    def is_doubtful(self) -> bool:
        """Whether it may refer to more than is known."""
        return self.refused or bool(self.unreadable)

    def refers(self, thing: Thing) -> bool:
        """Whether the thing must not go while this job is there."""
        if thing.kind is ThingKind.UPLOAD and not self.active:
            return False  # the model that was made of it has a file of its own
        if self.refused:
            return self._may_refer(thing)
        return thing in self.refers_to or (thing.name.encode() in self.unreadable and thing.name != self.row.id)

    def _may_refer(self, thing: Thing) -> bool:
        if thing.kind is not ThingKind.JOB:
            return thing.kind is not ThingKind.FEATURES  # which no specification names
        return thing.name != self.row.id and made_at(thing.name) <= made_at(self.row.id) + CLOCKS


@dataclass(frozen=True)
class ReferenceGraph:
    """All jobs by id, and which of them refer to which things."""

    jobs: dict[str, KnownJob]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found = defaultdict[str, list[str]](list)
        for job_id, job in self.jobs.items():
            if job.row.parent:
                found[job.row.parent].append(job_id)
        return dict(found)

    @cached_property
    def _users(self) -> dict[Thing, list[str]]:
        found = defaultdict[Thing, list[str]](list)
        for job_id, job in self.jobs.items():
            for thing in job.refers_to:
                found[thing].append(job_id)
        return dict(found)

    @cached_property
    def _doubtful(self) -> frozenset[str]:
        return frozenset(job_id for job_id, job in self.jobs.items() if job.is_doubtful)

    @cached_property
    def refused(self) -> frozenset[Thing]:
        """The jobs whose documents the store does not give."""
        return frozenset(job_thing(job_id) for job_id, job in self.jobs.items() if job.refused)

    @cached_property
    def _used(self) -> frozenset[Thing]:
        return frozenset(thing for job in self.jobs.values() if job.active for thing in job.refers_to)

    def is_in_use(self, thing: Thing) -> bool:
        """Whether a job refers to the thing, or may, that is not over."""
        doubtful = (self.jobs[job_id] for job_id in self._doubtful)
        return thing in self._used or any(job.active and job.refers(thing) for job in doubtful)

    def parts(self, things: Iterable[Thing]) -> frozenset[Thing]:
        """The things, and the jobs that these have started: the trials of a sweep, the explanation of an audit."""
        found, ahead = set[Thing](), list(things)
        while ahead:
            thing = ahead.pop()
            if thing not in found:
                found.add(thing)
                if thing.kind is ThingKind.JOB:
                    ahead.extend(map(job_thing, self._children.get(thing.name, ())))
        return frozenset(found)

    def dependents(self, things: Set[Thing], *, but: Set[Thing] = frozenset()) -> list[KnownJob]:
        """The jobs that refer to one of these or have started one, and are neither among them nor among ``but``."""
        parents = {self.jobs[thing.name].row.parent for thing in things if self._is_job(thing)} - {""}
        users = self._doubtful.union(*(self._users.get(thing, ()) for thing in things))
        return [
            self.jobs[job_id]
            for job_id in sorted(parents & self.jobs.keys() | users)
            # One look-up for each: whoever cleans up asks this of many things, and leaves out as many.
            if job_thing(job_id) not in things and job_thing(job_id) not in but
            if job_id in parents or any(map(self.jobs[job_id].refers, things))
        ]

    def all_dependents(self, things: Set[Thing], *, but: Set[Thing] = frozenset()) -> list[KnownJob]:
        """The dependents, what they have started, the dependents of these, and so on."""
        found, whole = dict[str, KnownJob](), frozenset(things)
        while direct := self.dependents(whole, but=but):
            whole = self.parts(whole | {job_thing(job.row.id) for job in direct})
            found |= {thing.name: self.jobs[thing.name] for thing in whole - things if self._is_job(thing)}
        return [found[job_id] for job_id in sorted(found)]

    def _is_job(self, thing: Thing) -> bool:
        return thing.kind is ThingKind.JOB and thing.name in self.jobs


def read_graph(store: ObjectStore, *, renew: Callable[[], None] = no_lead) -> ReferenceGraph:
    """Look at all jobs: a few objects of the index, and the specification of each job that is not packed there yet.

    Args:
        store: where the jobs lie.
        renew: called again and again, since reading may take long.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    active = {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}
    recent = entries(store)
    packed = _packed(store, renew)
    known = {
        job_id: KnownJob(row, active=False, refers_to=decoded(facts.refers_to), submitter=facts.submitter)
        for job_id, (row, facts) in packed.items()
        if facts is not None and facts.refers_to is not None
    }
    unindexed = set(renewing(_unindexed(store), renew))
    for job_id in renewing(active | recent.keys() | packed.keys() | unindexed, renew):
        if job_id in active or job_id not in known:
            row = recent.get(job_id) or packed.get(job_id, (None, None))[0]
            job = _read(job_id, row, store, active=job_id in active)
            if job is not None:
                known[job_id] = job
    return ReferenceGraph(known)


def with_new_jobs(graph: ReferenceGraph, store: ObjectStore) -> ReferenceGraph:
    """The graph with the jobs that were submitted since it was read, and are not over; lists ``active/`` alone.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    active = (keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX))
    read = ((job_id, _read(job_id, None, store, active=True)) for job_id in active if job_id not in graph.jobs)
    new = {job_id: job for job_id, job in read if job is not None}
    return ReferenceGraph(graph.jobs | new) if new else graph


def _unindexed(store: ObjectStore) -> Iterator[str]:
    state = unless_refused(partial(read_state, store), store, otherwise=IndexState())
    return iter(()) if state.complete else job_ids(store, after=state.through)


def _packed(store: ObjectStore, renew: Callable[[], None]) -> Packed:
    found = unless_refused(partial(_from_segments, store, renew), store, otherwise=None, renew=renew)
    if found is not None:
        return found
    return {job_id: (IndexRow(job_id), None) for job_id in renewing(job_ids(store), renew)}


def _from_segments(store: ObjectStore, renew: Callable[[], None]) -> Packed | None:
    """What the segments say; None where one of them cannot be read."""
    for _ in range(TRIES):
        found: Packed = {}
        try:
            for key in renewing(segments(store), renew):
                segment = read_segment(key, store)
                for row in segment.rows:
                    found[row.id] = row, _facts(segment.facts.get(row.id))
            return found
        except ObjectNotFound:
            continue
        except (Corrupt, NewerVersion):
            break
    return None


def _facts(row: list[JsonValue] | None) -> JobFacts | None:
    with suppress(TypeError, IndexError):
        return facts_of_row(row) if row is not None else None
    return None


def _read(job_id: str, row: IndexRow | None, store: ObjectStore, *, active: bool) -> KnownJob | None:
    """A job by its documents or, where the store refuses these, by what the index says of it."""
    told = row or IndexRow(job_id, UnknownSpec().kind, project="")
    refused: KnownJob | None = KnownJob(told, active, frozenset(), refused=True)
    documents = partial(_from_documents, job_id, store, active=active)
    return unless_refused(documents, store, otherwise=refused, job_id=job_id)


def _from_documents(job_id: str, store: ObjectStore, *, active: bool) -> KnownJob | None:
    try:
        data = store.get(keys.spec(job_id))
    except ObjectNotFound:
        return None
    row = row_of_spec(job_id, data, store)
    try:
        job = Job.decode(data)
        return KnownJob(row, active, references_of(job), submitter=job.submitter)
    except (Corrupt, NewerVersion):
        return KnownJob(row, active, frozenset(), unreadable=data)
