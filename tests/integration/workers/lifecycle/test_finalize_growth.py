"""What finalizing costs in calls: so many for each shard, and no more, however many there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dispatch.connection import Connection
from dispatch.lease import Lease
from jobs.plan import FINALIZE
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.fake_explanation import JOB, plan_of, work
from tests.services.redis_calls import counted_round_trips
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.lifecycle.finalize_job import finalize_job
from workers.step.pulse import Pulse


def cost(shards: int, connection: Connection, server: RedisServer) -> tuple[Counter[str], int]:
    """Calls to the store, by their kind, and round trips to Redis."""
    services, plan = services_on(connection, MemoryStore(f"{shards} shards")), plan_of(2 * shards, shard_size=2)
    server.empty()
    work(plan, plan.steps, services)
    counting = replace(services, store=(store := CountingStore(services.store)))
    pulse = Pulse(counting, JOB, Lease(JOB.id, FINALIZE, "token"), total=None, unit="images")  # does not beat
    with counted_round_trips() as round_trips:
        assert finalize_job(JOB, plan, counting, pulse) in {"succeeded", "completed_with_errors"}
        return Counter(call.split()[0] for call in store.calls), round_trips()


def test_twice_the_shards_cost_two_more_requests_for_each(connection: Connection, shared_redis: RedisServer) -> None:
    cost(1, connection, shared_redis)  # Redis learns the scripts
    few, many = cost(10, connection, shared_redis), cost(20, connection, shared_redis)
    assert many[0] - few[0] == {"get": 2 * 10}  # its report and its rows
    assert many[1] == few[1]
