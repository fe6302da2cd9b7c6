"""What happens while jobs are packed into segments: nothing is lost and nothing doubled, wherever a process dies."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from api.readers.jobs.job_index import JobIndex
from api.readers.jobs.job_query import JobQuery
from dispatch.job_index import segments
from dispatch.remarks import write_remarks
from store.memory import MemoryStore
from tests.integration.dispatch.index_readers import readers
from tests.services.disturbed_store import Disturbed
from tests.services.stored_jobs import end_stored_job, job_id_of, store_job
from workers.lifecycle.index_upkeep import keep_index


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("index")


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
