"""How the index is made of the jobs of a store, and what a start reads of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.readers.jobs.job_index import JobIndex
from dispatch.job_index import build, segments
from dispatch.job_index.build import job_ids, read_state, rebuild
from dispatch.job_index.entries import entries
from dispatch.job_index.segments import read_segment
from jobs import keys
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, IndexSegment, IndexState, row_of_key
from jobs.state import TERMINAL, JobState
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.stored_jobs import active_jobs, end_stored_job, job_id_of, store_job
from workers.lifecycle.index_upkeep import keep_index


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("index")


STATES = sorted(TERMINAL)


@pytest.mark.parametrize("make", [lambda store: keep_index(active_jobs(store), store), rebuild])
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


def test_a_submission_that_was_taken_back_is_forgotten(store: MemoryStore) -> None:
    job_id = store_job(store, 1)
    store.delete(keys.spec(job_id))
    store.delete(keys.active(job_id))
    keep_index(set(), store)
    assert entries(store) == {}


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


def test_a_job_that_begins_and_ends_while_the_index_is_made_again_stays_in_it(store: MemoryStore) -> None:
    end_stored_job(store, store_job(store, 1))
    rebuild(store, say=lambda _: end_stored_job(store, store_job(store, 2)))
    assert [each.row.id for each in JobIndex(store).newest_first()] == [job_id_of(2), job_id_of(1)]
