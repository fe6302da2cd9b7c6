"""The index of jobs against the truth: whatever happens in whatever order, and wherever a process dies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from api.readers.jobs.job_index import JobIndex
from api.readers.jobs.job_query import JobQuery
from api.readers.jobs.job_reader import JobReader
from api.readers.queue_reader import QueueReader
from dispatch.connection import connect
from dispatch.job_index import build, segments
from dispatch.job_index.build import job_ids, read_state, rebuild
from dispatch.job_index.entries import entries
from dispatch.job_index.segments import read_segment
from dispatch.remarks import write_remarks
from jobs import keys
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, IndexSegment, IndexState, row_of_key
from jobs.state import TERMINAL, JobState
from store.base import ObjectStore
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.stored_jobs import end_stored_job, job_id_of, store_job
from workers.lifecycle import index_upkeep
from workers.lifecycle.index_upkeep import keep_index

STATES = sorted(TERMINAL)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=12)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("index")


def active(store: ObjectStore) -> set[str]:
    return {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}


class Index(RuleBasedStateMachine):
    """Jobs come, end and are packed; processes die between two writes; the index is made again."""

    @initialize()
    def begin(self) -> None:
        self.store = MemoryStore("machine")
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(segments, "ROWS", 2)
        self.patch.setattr(segments, "FANOUT", 2)
        self.patch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=2))
        self.index = JobIndex(self.store)
        self.jobs: dict[str, str] = {}
        self.settled = True

    def teardown(self) -> None:
        self.patch.undo()

    @rule(noted=st.booleans())
    def submit(self, noted: bool) -> None:
        self.jobs[store_job(self.store, len(self.jobs), noted=noted)] = ""

    @rule(data=st.data(), state=st.sampled_from(STATES), noted=st.booleans())
    def end(self, data: st.DataObject, state: JobState, noted: bool) -> None:
        running = sorted(job_id for job_id, known in self.jobs.items() if not known)
        if running:
            job_id = data.draw(st.sampled_from(running))
            # A release without an index notes nothing, but what it runs was noted while it was active.
            keep_index(active(self.store), self.store)
            end_stored_job(self.store, job_id, state, noted=noted)
            self.jobs[job_id] = state.value

    @rule()
    def keep(self) -> None:
        keep_index(active(self.store), self.store)

    @rule()
    def make_again(self) -> None:
        rebuild(self.store)

    @rule()
    def start_again(self) -> None:
        self.index = JobIndex(self.store)

    @rule()
    def lose(self) -> None:
        for info in list(self.store.list("index/")):
            self.store.delete(info.key)
        self.index = JobIndex(self.store)

    @invariant()
    def all_jobs_are_listed_once_newest_first(self) -> None:
        found = list(self.index.newest_first())
        assert [each.row.id for each in found] == sorted(self.jobs, reverse=True)
        for each in found:
            assert each.row.state in {"", self.jobs[each.row.id]}
            assert each.active == (self.jobs[each.row.id] == "")

    @invariant()
    def pages_go_on_behind_any_job(self) -> None:
        for job_id in list(self.jobs)[:3]:
            older = [each.row.id for each in self.index.newest_first(after=job_id)]
            assert older == sorted((other for other in self.jobs if other < job_id), reverse=True)


TestIndex = Index.TestCase
TestIndex.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


class Disturbed:
    """Passes everything on to another store; before one of the calls, of one name or of any, something happens."""

    def __init__(self, store: ObjectStore, *, happens: Callable[[], object], after: int = 0, name: str = "") -> None:
        self._store, self._happens, self._left, self._name = store, happens, after, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        def call(*args: Any, **options: Any) -> Any:
            self._left -= self._name in {"", name}
            if self._left < 0:
                self._left = 10**9
                self._happens()
            return found(*args, **options)

        return call


def readers(store: ObjectStore) -> JobReader:
    """What lists jobs; nothing is asked of Redis, which is not there."""
    away = connect(redis_url="redis://127.0.0.1:1")
    return JobReader(store, away.board, QueueReader(away.board, away.queue, store))


class RemarkedIndex(Index):
    """Besides, jobs are tagged and archived, also while others are packed."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.patch.setattr(index_upkeep, "compact", partial(segments.compact, at_least=1))
        self.reader = readers(self.store)
        self.tagged: set[str] = set()
        self.archived: set[str] = set()

    def lose(self) -> None:
        """Never: what a lost index knew of remarks is known again only once it is whole."""

    def write(self, job_id: str, *, tagged: bool, archived: bool) -> None:
        write_remarks(job_id, {"tags": ("seen",) if tagged else (), "archived": archived}, self.store)
        for wanted, jobs in ((tagged, self.tagged), (archived, self.archived)):
            (jobs.add if wanted else jobs.discard)(job_id)

    @rule(data=st.data(), tagged=st.booleans(), archived=st.booleans())
    def remark(self, data: st.DataObject, tagged: bool, archived: bool) -> None:
        if self.jobs:
            self.write(data.draw(st.sampled_from(sorted(self.jobs))), tagged=tagged, archived=archived)

    def ended(self) -> str:
        """A job that is to be packed."""
        job_id = store_job(self.store, len(self.jobs))
        end_stored_job(self.store, job_id)
        self.jobs[job_id] = JobState.SUCCEEDED.value
        return job_id

    @rule(after=st.integers(0, 25), tagged=st.booleans(), archived=st.booleans())
    def remark_while_it_is_packed(self, after: int, tagged: bool, archived: bool) -> None:
        happens = partial(self.write, self.ended(), tagged=tagged, archived=archived)
        self.keep_in(Disturbed(self.store, after=after, happens=happens))

    @rule(after=st.integers(0, 25), later=st.integers(1, 9))
    def die_while_a_remarked_one_is_packed(self, after: int, later: int) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        happens = partial(self.write, self.ended(), tagged=True, archived=True)
        written = Disturbed(self.store, after=after, happens=happens)
        with suppress(KeyboardInterrupt):
            self.keep_in(Disturbed(written, after=after + later, happens=die))
        self.keep()

    def keep_in(self, store: Any) -> None:
        keep_index(active(self.store), store)

    @invariant()
    def remarks_are_known(self) -> None:
        assert self.reader.archived() == self.archived
        for archived in (False, True):
            query = JobQuery(tag="seen", archived=archived, projects=None, limit=1000)
            found = {job.id for job in self.reader.page(query, live=False)[0]}
            assert found == {job_id for job_id in self.tagged if (job_id in self.archived) == archived}


TestRemarkedIndex = RemarkedIndex.TestCase
TestRemarkedIndex.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("before", [0, 1])
def test_what_is_archived_while_it_is_packed_stays_archived(store: MemoryStore, before: int) -> None:
    keep_index(set(), store)
    job_ids = [store_job(store, number) for number in range(100)]
    for job_id in job_ids:
        end_stored_job(store, job_id)
    for _ in range(before):
        write_remarks(job_ids[0], {"archived": False}, store)
    happens = partial(write_remarks, job_ids[0], {"archived": True, "tags": ("seen",)}, store)
    disturbed: Any = Disturbed(store, happens=happens, name="delete")
    keep_index(set(), disturbed)
    reader = readers(store)
    assert len(segments.segments(store)) == 1
    assert reader.archived() == {job_ids[0]}
    found, _ = reader.page(JobQuery(tag="seen", archived=True, projects=None), live=False)
    assert [job.id for job in found] == [job_ids[0]]


@pytest.mark.parametrize("make", [lambda store: keep_index(active(store), store), rebuild])
def test_once_it_is_kept_every_end_is_in_it(store: MemoryStore, make: Callable[[MemoryStore], object]) -> None:
    for number in range(250):
        job_id = store_job(store, number, kind=("train", "explain")[number % 2], noted=False)
        end_stored_job(store, job_id, STATES[number % len(STATES)], noted=False)
    make(store)
    make(store)
    rows = [each.row for each in JobIndex(store).newest_first()]
    assert rows == [
        IndexRow(job_id_of(number), ("train", "explain")[number % 2], STATES[number % len(STATES)].value)
        for number in reversed(range(250))
    ]
    assert read_state(store).complete


@pytest.mark.parametrize("jobs", [1000, 2000])
def test_a_start_reads_few_objects_however_many_jobs_there_are(store: MemoryStore, jobs: int) -> None:
    for number in range(jobs):
        end_stored_job(store, store_job(store, number))
        if number % 100 == 99:
            keep_index(set(), store)
    counted = CountingStore(store)
    index = JobIndex(counted)
    assert len(list(index.newest_first())) == jobs
    assert len(counted.calls) <= 4 + 2 * 10
    counted.calls.clear()
    assert len(list(index.newest_first())) == jobs
    assert counted.calls == [
        f"list {prefix}" for prefix in (keys.ACTIVE_PREFIX, index_keys.ENTRIES, index_keys.REMARKS, index_keys.SEGMENTS)
    ]


class Dying(MemoryStore):
    """A store that raises an error after so many more writes, as if its process had died."""

    left = 10**9

    def put(self, key: str, data: bytes, **options: Any) -> Any:
        self._die()
        return super().put(key, data, **options)

    def delete(self, key: str) -> None:
        self._die()
        super().delete(key)

    def _die(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("writes", range(0, 260, 7))
def test_a_death_between_two_writes_of_packing_loses_and_doubles_nothing(
    writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "FANOUT", 2)
    store = Dying("dying")
    for number in range(225):
        end_stored_job(store, store_job(store, number))
        if number == 110:
            keep_index(set(), store)
    store.left = writes
    with suppress(KeyboardInterrupt):
        keep_index(set(), store)
    store.left = 10**9
    expected = [job_id_of(number) for number in reversed(range(225))]
    assert [each.row.id for each in JobIndex(store).newest_first()] == expected
    keep_index(set(), store)
    assert [each.row.id for each in JobIndex(store).newest_first()] == expected


def test_a_submission_that_was_taken_back_is_forgotten(store: MemoryStore) -> None:
    job_id = store_job(store, 1)
    store.delete(keys.spec(job_id))
    store.delete(keys.active(job_id))
    keep_index(set(), store)
    assert entries(store) == {}


@pytest.fixture
def damaged(store: MemoryStore) -> MemoryStore:
    """An index of 120 jobs, of which nothing can be read."""
    keep_index(set(), store)
    for number in range(120):
        end_stored_job(store, store_job(store, number))
    keep_index(set(), store)
    (segment,) = segments.segments(store)
    store.put(segment, b"torn")
    return store


def test_a_segment_that_is_damaged_hides_no_job(damaged: MemoryStore) -> None:
    index = JobIndex(damaged)
    for _ in range(2):
        assert len(list(index.newest_first())) == 120
    rebuild(damaged)
    assert {each.row.state for each in index.newest_first()} == {"succeeded"}


def test_a_state_that_a_newer_version_wrote_hides_no_job(store: MemoryStore) -> None:
    job_id = store_job(store, 1)
    keep_index(set(), store)
    store.put(index_keys.STATE, b'{"schema_version": 99, "complete": true}')
    assert [each.row.id for each in JobIndex(store).newest_first()] == [job_id]


def test_a_damaged_segment_is_replaced_once_it_is_to_be_merged(
    damaged: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "FANOUT", 2)
    segments.write_segment([], damaged, level=1)
    segments.merge(damaged)
    for _ in range(3):
        keep_index(set(), damaged)
    assert [each.row.state for each in JobIndex(damaged).newest_first()] == ["succeeded"] * 120
    assert read_state(damaged).complete


def test_jobs_that_were_removed_leave_the_index_when_it_is_made_again(store: MemoryStore) -> None:
    for number in range(3):
        end_stored_job(store, store_job(store, number))
    store.delete(keys.spec(job_id_of(1)))
    store.delete(keys.end(job_id_of(1)))
    assert rebuild(store) == 2
    assert [each.row.id for each in JobIndex(store).newest_first()] == [job_id_of(2), job_id_of(0)]


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 200])
def test_every_job_is_found_on_the_way_whatever_lies_below_it(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(build, "KEYS_AT_ONCE", at_once)
    for number in range(9):
        for place in range(number % 4 + 1):
            store.put(f"jobs/job-{number}/file-{place}", b"")
    found = list(job_ids(store))
    assert found == [f"job-{number}" for number in range(9)]
    assert list(job_ids(store, after="job-3")) == found[4:]


def test_a_row_is_read_back_from_its_key_and_from_a_segment(store: MemoryStore) -> None:
    row = IndexRow("01abc", "train", "completed_with_errors", "01parent")
    for one in (row, IndexRow("a.b", "", "", ""), IndexRow("x", "import"), row._replace(project="rose-2")):
        assert row_of_key(one.key) == one
    key = segments.write_segment([row], store, level=0)
    assert read_segment(key, store).rows == (row,)
    assert IndexSegment.decode(IndexSegment(rows=(row,)).encode()).rows[0].end is JobState.COMPLETED_WITH_ERRORS
    assert IndexState.decode(b"{}") == IndexState()
