"""Messages of steps: which wait, which are no messages, and through which queues they go."""

from __future__ import annotations

import json

import pytest
import redis

from dispatch.connection import Connection, connect
from jobs.errors import BoardUnavailable
from tests.services.ports import free_port
from tests.services.redis_server import RedisServer


def test_a_message_that_waits_can_be_told_from_one_that_was_lost(connection: Connection) -> None:
    connection.queue.enqueue("job-1", "plan")
    connection.queue.enqueue("job-1", "shard-00003")
    connection.queue.enqueue("job-2", "train")
    assert connection.queue.waiting() == {("job-1", "plan"), ("job-1", "shard-00003"), ("job-2", "train")}


@pytest.mark.parametrize("pushed", ["no JSON", "1", "{}", '{"headers": null}', '{"headers": {"florescope_step": 1}}'])
def test_what_is_no_message_is_passed_over(connection: Connection, shared_redis: RedisServer, pushed: str) -> None:
    redis.Redis.from_url(shared_redis.url).lpush("train", pushed)
    connection.queue.enqueue("job-1", "plan")
    assert connection.queue.waiting() == {("job-1", "plan")}


def test_planning_never_queues_behind_training(connection: Connection, shared_redis: RedisServer) -> None:
    for step in ("plan", "finalize", "train", "shard-00000"):
        connection.queue.enqueue("job", step)
    client = redis.Redis.from_url(shared_redis.url)
    assert [client.llen(queue) for queue in ("light", "finalize", "train", "explain")] == [1, 1, 1, 1]


def test_a_message_is_a_few_bytes_of_json(connection: Connection, shared_redis: RedisServer) -> None:
    connection.queue.enqueue("job", "train")
    messages = redis.Redis.from_url(shared_redis.url, decode_responses=True).lrange("train", 0, -1)
    assert isinstance(messages, list)
    assert len(messages[0]) < 2000
    assert json.loads(messages[0])["content-type"] == "application/json"


def test_a_broker_that_is_down_is_reported_with_its_address_and_no_password() -> None:
    port = free_port()
    dead = connect(redis_url=f"redis://:secret@127.0.0.1:{port}/0")
    with pytest.raises(BoardUnavailable, match=f"127.0.0.1:{port}") as down:
        dead.board.ping()
    assert "secret" not in str(down.value)
    with pytest.raises(BoardUnavailable) as unsent:
        dead.queue.enqueue("job", "plan")
    assert "secret" not in str(unsent.value)
