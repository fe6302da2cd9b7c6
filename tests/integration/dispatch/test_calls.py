"""Calls to reconcile: whoever has time follows them, one at a time, and none pile up before what is busy."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis

from dispatch.connection import Connection
from dispatch.names import CLEAN_UP, FINALIZE_QUEUE, LIGHT_QUEUE, RECONCILE, RUN_STEP
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from tests.services.redis_server import RedisServer
from tests.services.worker_services import services_on
from workers.app import app
from workers.lifecycle.reconcile import reconcile


@pytest.fixture
def client(shared_redis: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(shared_redis.url, decode_responses=True) as opened:
        yield opened


def call_all(connection: Connection, *, times: int = 1) -> None:
    """What beat sends."""
    calls = [each for each in app.conf.beat_schedule.values() if each["task"] == RECONCILE]
    for each in calls * times:
        connection.celery.send_task(each["task"], ignore_result=True, **each["options"])


def test_both_those_who_plan_and_those_who_finalize_are_called(connection: Connection, client: redis.Redis) -> None:
    call_all(connection)
    assert [client.llen(queue) for queue in (LIGHT_QUEUE, FINALIZE_QUEUE)] == [1, 1]


def test_whoever_is_called_while_another_one_reconciles_asks_redis_once_and_reads_nothing(
    connection: Connection,
) -> None:
    store = CountingStore(MemoryStore("calls"))
    services = services_on(connection, store)
    with connection.board.rounds.lead(), counted_round_trips() as round_trips:
        assert reconcile(services) == 0
    assert (store.calls, round_trips()) == ([], 1)


def test_a_round_drops_the_calls_that_wait_and_no_step(connection: Connection, client: redis.Redis) -> None:
    connection.queue.enqueue("job-1", "plan")
    call_all(connection, times=30)
    connection.queue.enqueue("job-2", "plan")
    connection.queue.enqueue("job-1", "finalize")
    reconcile(services_on(connection, MemoryStore("calls")))
    assert connection.queue.waiting() == {("job-1", "plan"), ("job-2", "plan"), ("job-1", "finalize")}
    assert [client.llen(queue) for queue in (LIGHT_QUEUE, FINALIZE_QUEUE)] == [2, 1]


def test_calls_to_clean_up_that_nobody_takes_become_one(connection: Connection, client: redis.Redis) -> None:
    for _ in range(3):
        connection.celery.send_task(CLEAN_UP, ignore_result=True, queue=FINALIZE_QUEUE)
        connection.queue.enqueue("job-1", "finalize")
    reconcile(services_on(connection, MemoryStore("calls")))
    found = [json.loads(message)["headers"]["task"] for message in client.lrange(FINALIZE_QUEUE, 0, -1)]
    assert sorted(found) == [CLEAN_UP, *[RUN_STEP] * 3]


@pytest.mark.parametrize("pushed", ["no JSON", "1", "{}", '{"headers": null}', '{"headers": {"task": 1}}'])
def test_what_is_no_message_stays(connection: Connection, client: redis.Redis, pushed: str) -> None:
    client.lpush(LIGHT_QUEUE, pushed)
    connection.queue.drop_calls()
    assert client.lrange(LIGHT_QUEUE, 0, -1) == [pushed]
