from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.plan import Plan, shards
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from workers.lifecycle.plan_cache import PlanCache, cached_plan


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


def test_a_plan_that_is_not_there_is_looked_for_again() -> None:
    store = MemoryStore("plans")
    with pytest.raises(ObjectNotFound):
        cached_plan("job", store)
    plan = planned(store, "job")
    assert cached_plan("job", store) == plan


@pytest.mark.parametrize("limits", [{"max_plans": 2}, {"max_bytes": 700}])
def test_only_so_many_plans_are_kept_those_that_were_used_last(limits: dict[str, int]) -> None:
    store, cache = MemoryStore("plans"), PlanCache(**limits)
    for name in "abc":
        planned(store, name)
    counted = CountingStore(store)
    for name in "abaca":
        cache.plan(name, counted)
    assert counted.calls == [f"get jobs/{name}/plan.json" for name in "abc"]
    cache.plan("b", counted)
    assert counted.calls[-1] == "get jobs/b/plan.json"
    assert len(counted.calls) == 4


def test_a_plan_that_is_larger_than_all_that_is_kept_is_read_once_too() -> None:
    store, cache = MemoryStore("plans"), PlanCache(max_bytes=10)
    planned(store, "job", images=400)
    counted = CountingStore(store)
    for _ in range(3):
        cache.plan("job", counted)
    assert len(counted.calls) == 1
