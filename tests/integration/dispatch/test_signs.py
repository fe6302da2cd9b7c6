"""Signs of life on the board, and the order of the queues."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import redis

from dispatch.connection import Connection, connect
from dispatch.job_keys import JobKeys
from dispatch.signs import Signs
from jobs.live.at_work import StepSign, WorkerSign
from tests.services.redis_server import RedisServer

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_who_gave_a_sign_is_there_until_it_is_withdrawn(connection: Connection) -> None:
    sign = StepSign(job_id="a", step="train", queue="train", worker="w", since=NOW, memory_bytes=1 << 30)
    connection.board.at_work.give("one", sign)
    connection.board.at_work.give("two", sign.model_copy(update={"job_id": "b"}))
    connection.board.at_work.give("one", sign.model_copy(update={"memory_bytes": 2 << 30}))
    seen = {each.job_id: each.memory_bytes for each in connection.board.at_work.seen()}
    assert seen == {"a": 2 << 30, "b": 1 << 30}
    connection.board.at_work.withdraw("one")
    assert [each.job_id for each in connection.board.at_work.seen()] == ["b"]


def test_who_gives_no_sign_any_more_is_gone(shared_redis: RedisServer) -> None:
    client = redis.Redis.from_url(shared_redis.url, decode_responses=True)
    signs, impatient = (Signs(JobKeys(client, "signs:"), "staff", WorkerSign, ttl_s=ttl_s) for ttl_s in (30, 0.1))
    signs.give("w", WorkerSign(worker="w", queues=("train",), since=NOW))
    client.hset("signs:staff", "other version", "9999999999.0|{}")
    assert [each.worker for each in signs.seen()] == ["w"]
    time.sleep(0.2)
    assert impatient.seen() == []
    assert client.hkeys("signs:staff") == ["other version"]


def test_queues_are_told_in_the_order_in_which_they_are_taken(shared_redis: RedisServer) -> None:
    connection = connect(redis_url=shared_redis.url)
    redis.Redis.from_url(shared_redis.url).flushall()
    for job_id in ("a", "b", "c"):
        connection.queue.enqueue(job_id, "train")
    connection.queue.enqueue("a", "plan")
    order = connection.queue.order()
    assert order["train"].steps == (("a", "train"), ("b", "train"), ("c", "train"))
    assert (order["train"].length, order["light"].length, order["explain"].length) == (3, 1, 0)
    assert 0 <= (order["train"].oldest_s or 0) < 60
    assert order["explain"].oldest_s is None
    with connection.celery.connection_for_read() as broker, broker.SimpleQueue("train") as taken:
        message = taken.get(timeout=5)
        assert message.headers["florescope_step"] == "a/train"
        message.ack()
    assert connection.queue.order()["train"].steps == (("b", "train"), ("c", "train"))
