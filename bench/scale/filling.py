"""What a fill of a queue costs behind so many waiting jobs: time on a clock, this process's, and commands of Redis."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import redis

from dispatch.connection import Connection, connect
from dispatch.turns.shared_rules import Rules
from jobs.turns.turn import Turn
from tests.services.redis_server import RedisServer, redis_server
from tests.services.stored_jobs import job_id_of

WAITING, FILLS, STEPS = (10, 1_000, 10_000), 10, 50
RULES = Rules({}, {"p1": 2.0})


def measure() -> Mapping[str, float]:
    """``fill_ms_<n>``, ``fill_cpu_ms_<n>`` and ``fill_commands_<n>``: medians of ten fills behind n jobs."""
    found: dict[str, float] = {}
    for jobs in WAITING:
        with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
            connection = connect(redis_url=server.url)
            _line_up(connection, jobs)
            _fill(connection, server)  # which loads the scripts
            fills = [_fill(connection, server) for _ in range(FILLS)]
        for name, numbers in zip(("ms", "cpu_ms", "commands"), zip(*fills, strict=True), strict=True):
            found[f"fill_{name}_{jobs}"] = median(numbers)
    return found


def _line_up(connection: Connection, jobs: int) -> None:
    """So many jobs of three projects."""
    for number in range(jobs):
        connection.board.turns.put(job_id_of(number), Turn(project=f"p{number % 3}"))
        connection.windows.begin(job_id_of(number), [f"shard-{step:05d}" for step in range(STEPS)])
    connection.board.lines.join([(job_id_of(number), "explain") for number in range(jobs)], window=STEPS)


def _fill(connection: Connection, server: RedisServer) -> tuple[float, float, float]:
    client = redis.Redis.from_url(server.url)
    client.delete("explain")
    commands, wall, cpu = _commands(client), time.perf_counter(), time.process_time()
    connection.dispatcher.fill("explain", RULES, window_size=STEPS)
    spent = 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)
    return *spent, _commands(client) - commands - 1


def _commands(client: redis.Redis) -> int:
    """All that Redis was told so far, by scripts, too, but for this question."""
    stats: Any = client.info("commandstats")
    return sum(int(each["calls"]) for each in stats.values())
