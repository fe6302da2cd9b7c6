"""Lists all jobs, newest first, from the index in the store: which there are, and what filters ask for."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge

import structlog
from pydantic import JsonValue

from dispatch.job_index.build import job_ids, read_state
from dispatch.job_index.entries import entries, remarked
from dispatch.job_index.segments import newer_facts, read_segment, segments
from dispatch.refusal import unless_refused
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.lists.index_row import IndexRow, IndexSegment, IndexState
from jobs.lists.job_facts import JobFacts, facts_of_row
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
TRIES = 5
"""A segment that was listed may have become part of another one before it is read."""


@dataclass(frozen=True)
class Listed:
    """A job as the index has it.

    Attributes:
        row: what is known of it; of a job that is not over there may be its id alone.
        active: whether it was among the active ones.
        settled: whether it is over and packed into a segment, whose facts hold.
    """

    row: IndexRow
    active: bool
    settled: bool = False


class JobIndex:
    """All jobs of the store.

    What is over is kept in memory; what changes is listed anew each time: active jobs, then entries, then segments,
    which is the way that a job takes, so that none is missed. A store that has not been indexed to the end is walked
    through, job by job, from where the index ends.
    """

    def __init__(self, store: ObjectStore, *, deleted: Callable[[], Collection[str]] = frozenset) -> None:
        """Read nothing yet; ``deleted`` tells the ids of jobs that are deleted, which no list shows."""
        self._store = store
        self._deleted = deleted
        self._lock = threading.Lock()
        self._segments: dict[str, IndexSegment] = {}
        self._ended: list[IndexRow] = []
        self._facts: dict[str, JobFacts] = {}
        self._remarked: set[str] = set()
        self._complete = False
        self._walked: list[IndexRow] = []

    def active(self) -> set[str]:
        """Ids of the jobs that are not over.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        return {keys.job_of_active(info.key) for info in self._store.list(keys.ACTIVE_PREFIX)}

    def newest_first(self, *, after: str | None = None) -> Iterator[Listed]:
        """Every job there is; ``after`` an id, those that are older.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        active, noted, said = self.active(), entries(self._store), remarked(self._store)
        with self._lock:
            self._refresh()
            ended, walked = self._ended, self._walked
        changing = dict.fromkeys(active, True) | dict.fromkeys(noted.keys() - active, False)
        self._remarked = said
        recent = [Listed(noted.get(job_id, IndexRow(job_id)), changing[job_id]) for job_id in changing]
        recent.sort(key=_id, reverse=True)
        older = (Listed(row, False, settled=True) for row in _before(ended, after))
        unindexed = (Listed(row, False) for row in _before(walked, after))
        shown = (listed for listed in recent if after is None or listed.row.id < after)
        deleted = self._deleted()
        every = _first_of_each(merge(shown, older, unindexed, key=_id, reverse=True))
        return (listed for listed in every if listed.row.id not in deleted)

    def facts(self, job_id: str) -> JobFacts | None:
        """The facts of a job that is packed into a segment; None where the segment does not have them."""
        with self._lock:
            return self._facts.get(job_id)

    def list_remarked(self) -> None:
        """List anew which jobs have remarks that no segment knows yet.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        self._remarked = remarked(self._store)

    def has_remarks(self, job_id: str) -> bool:
        """Whether people wrote something beside the job, as of the list that was read last."""
        facts = self.facts(job_id)
        return job_id in self._remarked or (facts is not None and facts.revision > 0)

    def learn(self, job_id: str, facts: JobFacts) -> None:
        """Keep facts of such a job that its segment does not have, as an older release packed it."""
        with self._lock:
            self._facts[job_id] = facts

    def projects(self, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these jobs that the index knows, with its project; reads no job."""
        noted = entries(self._store)
        with self._lock:
            self._refresh()
            ended = self._ended
        for job_id in ids:
            row = noted.get(job_id) or next(_from(ended, job_id), IndexRow(""))
            if row.id == job_id and row.kind:
                yield job_id, row.project

    def _refresh(self) -> None:
        """Read those segments that are new; walk on where there is no index yet, or a part of it is not given."""
        try:
            state = unless_refused(self._read, self._store, otherwise=IndexState(), part="index")
        except (Corrupt, NewerVersion) as error:
            _log.error("index_unreadable", error=str(error), mend="florescope index rebuild")
            state = IndexState()
        self._complete = state.complete
        if self._complete:
            self._walked = []
        else:
            self._walk(state.through)

    def _read(self) -> IndexState:
        state = IndexState(complete=True) if self._complete else read_state(self._store)
        self._read_segments()
        return state

    def _read_segments(self) -> None:
        for _ in range(TRIES):
            found = segments(self._store)
            if found == list(self._segments):
                return
            try:
                self._segments = {key: self._segments.get(key) or read_segment(key, self._store) for key in found}
            except ObjectNotFound:
                continue
            self._ended = sorted(row for segment in self._segments.values() for row in segment.rows)
            self._facts |= _all_facts(self._segments.values())
            return

    def _walk(self, through: str) -> None:
        start = max(through, self._walked[-1].id if self._walked else "")
        self._walked = self._walked + [IndexRow(job_id) for job_id in job_ids(self._store, after=start)]


def _all_facts(segments: Iterable[IndexSegment]) -> dict[str, JobFacts]:
    """By job; of two segments that are being merged, what knows the later revision of its remarks."""
    found: dict[str, list[JsonValue]] = {}
    for segment in segments:
        for job_id, row in segment.facts.items():
            found[job_id] = newer_facts(found.get(job_id), row)
    known = {}
    for job_id, row in found.items():
        with suppress(TypeError, IndexError):
            known[job_id] = facts_of_row(row)
    return known


def _id(listed: Listed) -> str:
    return listed.row.id


def _before(rows: list[IndexRow], after: str | None) -> Iterator[IndexRow]:
    """Rows of smaller ids, the greatest first."""
    end = len(rows) if after is None else bisect_left(rows, (after,))
    return (rows[place] for place in range(end - 1, -1, -1))


def _from(rows: list[IndexRow], job_id: str) -> Iterator[IndexRow]:
    """Rows of this id and of greater ones."""
    return (rows[place] for place in range(bisect_left(rows, (job_id,)), len(rows)))


def _first_of_each(listed: Iterator[Listed]) -> Iterator[Listed]:
    """Each job once: as it is listed first, among those that change."""
    last = ""
    for each in listed:
        if each.row.id != last:
            last = each.row.id
            yield each
