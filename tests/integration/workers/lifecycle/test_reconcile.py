"""One worker at a time reconciles, and a round costs few calls."""

from __future__ import annotations

import dataclasses

import pytest
import redis

from jobs import keys
from jobs.turns.turn import Turn
from store.memory import MemoryStore
from tests.integration.workers.lifecycle.conftest import lose_the_message
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from tests.services.redis_server import RedisServer
from workers.lifecycle import reconcile as reconcile_module
from workers.lifecycle.reconcile import reconcile
from workers.step.services import Services


def test_only_one_worker_reconciles_at_a_time(services: Services, shared_redis: RedisServer) -> None:
    lose_the_message(services, shared_redis)
    with services.board.rounds.lead() as lead:
        assert lead is not None
        assert reconcile(services) == 0
        assert services.queue.waiting() == set()
        assert lead.renew()


def test_calls_that_have_piled_up_become_one(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CountingStore(services.store)
    counted = dataclasses.replace(services, store=store)
    monkeypatch.setattr(reconcile_module, "LOOKS_A_ROUND", 0)
    for _ in range(5):
        reconcile(counted, rest_s=60)
    assert store.calls.count("list active/") == 1


def test_a_leader_that_died_is_replaced(services: Services, shared_redis: RedisServer) -> None:
    client = redis.Redis.from_url(shared_redis.url)
    with services.board.rounds.lead() as lead:
        assert lead is not None
        assert 0 < client.pttl("florescope:reconciler") <= 20_000
        client.delete("florescope:reconciler")
        with services.board.rounds.lead() as other:
            assert other is not None
            assert not lead.renew()


@pytest.mark.parametrize("stage", ["submitted", "planned", "cancelled"])
def test_a_round_costs_the_same_calls_for_many_jobs_as_for_few(
    services: Services, shared_redis: RedisServer, stage: str
) -> None:
    client, costs = redis.Redis.from_url(shared_redis.url), []
    for jobs in (1, 10, 20):  # the first round loads the scripts
        client.flushall()
        store = CountingStore(MemoryStore(f"{stage} {jobs}"))
        counted = dataclasses.replace(services, store=store)
        for number in range(jobs):
            store_job_at(f"job-{number}", counted, stage)
        services.board.rules.copy(services.store)
        store.calls.clear()
        for rarely in ("index", "rules", "turns", "notices"):
            client.set(f"florescope:next:{rarely}", "1")
        with counted_round_trips() as round_trips:
            assert reconcile(counted) == 0
            costs.append((tuple(store.calls), round_trips()))
    assert costs[1] == costs[2]
    assert costs[1][0] == ("list active/",)


def store_job_at(job_id: str, services: Services, stage: str) -> None:
    """Store a job that is at this stage, with its messages, leases and window in place."""
    services.store.put(keys.active(job_id), b"")
    services.board.turns.put(job_id, Turn())
    if stage == "cancelled":
        services.board.stop(job_id)
        services.queue.enqueue(job_id, "finalize")
    elif stage == "planned":
        services.windows.begin(job_id, [f"shard-{number:05d}" for number in range(9)])
        for step in services.windows.advance(job_id, size=services.window_size()).enqueue:
            services.queue.enqueue(job_id, step)
        services.leases.take(job_id, "shard-00000", token="somebody")
    else:
        services.queue.enqueue(job_id, "plan")
