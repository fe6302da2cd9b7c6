"""Documents that never change are read once, and those that are kept are bounded in bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.plan import Plan, shards
from store.document_cache import AT_LEAST_BYTES, DocumentCache
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from workers.lifecycle.plan_cache import cached_plan


def planned(store: MemoryStore, job_id: str, images: int = 8) -> Plan:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    parts = shards(0, images, size=4)
    plan = Plan(job_id=job_id, kind="explain", created_at=now, total=images, unit="images", shards=parts)
    store.put(keys.plan(job_id), plan.encode())
    return plan


def test_a_plan_is_read_once_however_many_steps_need_it() -> None:
    store = MemoryStore("plans")
    plan, counted = planned(store, "job"), CountingStore(store)
    assert [cached_plan("job", counted) for _ in range(5)] == [plan] * 5
    assert counted.calls == ["get jobs/job/plan.json"]


def test_what_is_not_there_is_looked_for_again() -> None:
    store = MemoryStore("plans")
    with pytest.raises(ObjectNotFound):
        cached_plan("job", store)
    plan = planned(store, "job")
    assert cached_plan("job", store) == plan


def read(cache: DocumentCache[Plan], names: str, store: MemoryStore) -> list[str]:
    """The names of those that were read from the store."""
    counted = CountingStore(store)
    for name in names:
        assert cache.read(keys.plan(name), counted).job_id == name
    return [call.split("/")[1] for call in counted.calls]


def test_only_so_many_bytes_are_kept_those_that_were_used_last() -> None:
    store, cache = MemoryStore("plans"), DocumentCache(Plan, max_bytes=2 * AT_LEAST_BYTES)
    for name in "abc":
        planned(store, name)
    assert read(cache, "abaca", store) == ["a", "b", "c"]
    assert read(cache, "cab", store) == ["b"]


def test_a_large_document_takes_the_room_of_many() -> None:
    store, cache = MemoryStore("plans"), DocumentCache(Plan, max_bytes=8 * AT_LEAST_BYTES)
    for name in "abc":
        planned(store, name)
    planned(store, "l", images=560)
    assert len(store.get(keys.plan("l"))) > 6 * AT_LEAST_BYTES
    assert read(cache, "abclcab", store) == ["a", "b", "c", "l", "a", "b"]


def test_what_is_larger_than_all_that_is_kept_is_read_once_too() -> None:
    store, cache = MemoryStore("plans"), DocumentCache(Plan, max_bytes=10)
    planned(store, "l", images=400)
    assert read(cache, "lll", store) == ["l"]
