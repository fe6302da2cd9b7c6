"""Several workers decide at the same time whose step is next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch.connection import Connection, connect
from dispatch.turns.dispatcher import AT_HAND
from dispatch.turns.shared_rules import Rules
from jobs.turns.turn import Turn
from tests.services.redis_server import RedisServer

JOBS, STEPS, WORKERS = 12, 4, 4


@pytest.fixture
def workers(connection: Connection, shared_redis: RedisServer) -> list[Connection]:
    for number in range(JOBS):
        connection.board.turns.put(f"{number:04d}", Turn(project=f"p{number % 3}"))
        connection.windows.begin(f"{number:04d}", [f"shard-{step:05d}" for step in range(STEPS)])
    connection.board.lines.join([(f"{number:04d}", "explain") for number in range(JOBS)], window=STEPS)
    return [connect(redis_url=shared_redis.url) for _ in range(WORKERS)]


def taken_by(worker: Connection) -> list[tuple[str, str]]:
    """All that it gets."""
    return list(iter(lambda: worker.board.lines.take("explain", {}, window=STEPS), None))


def test_each_step_is_taken_once(workers: list[Connection]) -> None:
    with ThreadPoolExecutor(WORKERS) as threads:
        taken = [step for steps in threads.map(taken_by, workers) for step in steps]
    assert sorted(taken) == [(f"{job:04d}", f"shard-{step:05d}") for job in range(JOBS) for step in range(STEPS)]


def test_no_more_messages_are_sent_than_the_queue_should_hold(workers: list[Connection]) -> None:
    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(lambda worker: worker.dispatcher.fill("explain", Rules({}, {}), window_size=STEPS), workers))
    assert workers[0].queue.order()["explain"].length == AT_HAND
