"""What the order costs: a fill as much behind many jobs as behind few, and a drain in proportion to its jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import redis

from dispatch.connection import Connection
from dispatch.turns.shared_rules import Rules
from dispatch.turns.stand import Stand
from jobs.turns.turn import Pause, Priority, Turn
from tests.services.redis_server import RedisServer

RULES = Rules({}, {"p1": 3.0})
STEPS, WINDOW = 3, 2
FEW, MANY = 60, 120


def commands(server: RedisServer, action: Callable[[], object]) -> int:
    """What Redis is told meanwhile, by scripts, too."""
    client = redis.Redis.from_url(server.url)
    client.config_resetstat()
    action()
    stats: Any = client.info("commandstats")
    return sum(each["calls"] for name, each in stats.items() if not name.startswith("cmdstat_config"))


def line_up(connection: Connection, server: RedisServer, count: int) -> None:
    """So many jobs of three projects."""
    redis.Redis.from_url(server.url).flushall()
    for number in range(count):
        job_id, priority = f"{number:05d}", list(Priority)[number % 2]
        connection.board.turns.put(job_id, Turn(project=f"p{number % 3}", priority=priority))
        connection.windows.begin(job_id, [f"shard-{step:05d}" for step in range(STEPS)])
    connection.board.lines.join([(f"{number:05d}", "explain") for number in range(count)], window=WINDOW)


def drain(connection: Connection, server: RedisServer) -> list[tuple[str, str]]:
    """Fill the queue and do what lies in it, until nothing is left."""
    client, done = redis.Redis.from_url(server.url), list[tuple[str, str]]()
    while True:
        connection.dispatcher.fill("explain", RULES, window_size=WINDOW)
        found = connection.queue.order()["explain"].steps
        if not found:
            return done
        client.delete("explain")
        for job_id, step in found:
            connection.windows.complete(job_id, step)
            connection.board.lines.join([(job_id, "explain")], window=WINDOW)
            done.append((job_id, step))


def test_a_fill_costs_the_same_however_many_jobs_wait(connection: Connection, shared_redis: RedisServer) -> None:
    costs = []
    for count in (FEW, FEW, MANY):  # the first fill loads the scripts
        line_up(connection, shared_redis, count)
        costs.append(commands(shared_redis, lambda: connection.dispatcher.fill("explain", RULES, window_size=WINDOW)))
        assert connection.queue.order()["explain"].length == 2
    assert costs[1] == costs[2]


def test_a_drain_costs_twice_as_much_for_twice_as_many_jobs(connection: Connection, shared_redis: RedisServer) -> None:
    costs, done = [], list[tuple[str, str]]()
    for count in (FEW, MANY):
        line_up(connection, shared_redis, count)
        costs.append(commands(shared_redis, lambda: done.extend(drain(connection, shared_redis))))
        assert len(set(done)) == len(done) == STEPS * count
        assert redis.Redis.from_url(shared_redis.url).keys("florescope:order*") == []
        done.clear()
    assert costs[1] <= 2.1 * costs[0]


def test_the_first_places_cost_the_same_however_many_jobs_wait(
    connection: Connection, shared_redis: RedisServer
) -> None:
    costs = []
    for count in (FEW, FEW, MANY):
        line_up(connection, shared_redis, count)
        costs.append(
            commands(shared_redis, lambda: list(connection.board.lines.following("explain", RULES.weights, most=10)))
        )
    assert costs[1] == costs[2]


def test_a_round_tells_redis_little_of_jobs_that_stand_where_they_should(
    connection: Connection, shared_redis: RedisServer
) -> None:
    line_up(connection, shared_redis, MANY)
    turns = connection.board.turns.of(f"{number:05d}" for number in range(MANY))
    stands = [Stand(job_id, "explain", turn, full=False) for job_id, turn in turns.items()]
    assert commands(shared_redis, lambda: connection.board.lines.settle(stands, window=WINDOW)) == 1


def test_jobs_of_a_paused_parent_are_looked_at_once(connection: Connection, shared_redis: RedisServer) -> None:
    """However many they are, and although nobody has told the order of the pause."""
    line_up(connection, shared_redis, 0)
    paused, children = Turn(pause=Pause(at=datetime(2026, 1, 1, tzinfo=UTC))), 250
    for number in range(children):
        connection.board.turns.put(f"{number:05d}", Turn(parent="parent"))
        connection.windows.begin(f"{number:05d}", ["shard-00000"])
    connection.board.lines.join([(f"{number:05d}", "explain") for number in range(children)], window=WINDOW)
    connection.board.turns.put("parent", paused)
    costs = [
        commands(shared_redis, lambda: connection.dispatcher.fill("explain", RULES, window_size=WINDOW))
        for _ in range(2)
    ]
    assert connection.queue.order()["explain"].length == 0
    assert costs[0] > children
    assert costs[1] < 20
