"""An index that cannot be read hides no job, and is made again."""

from __future__ import annotations

import pytest

from api.readers.jobs.job_index import JobIndex
from dispatch.job_index import segments
from dispatch.job_index.build import read_state, rebuild
from jobs.lists import index_keys
from store.memory import MemoryStore
from tests.services.stored_jobs import end_stored_job, store_job
from workers.lifecycle.index_upkeep import keep_index


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("index")


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
