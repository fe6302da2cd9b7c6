"""Where nothing happens, nothing is logged."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from tests.services.light_stack import LightStack
from tests.services.redis_server import RedisServer, redis_server

EVERY_S, ROUNDS, LIMIT_S = 0.3, 4, 120
NOTED = "florescope:next:notices"
"""A key that a round of reconciliation sets for two seconds, where it is not set."""
SERVICES = ("light", "beat")


def lines(stack: LightStack, name: str) -> list[str]:
    return (stack.folder / f"{name}.log").read_text().splitlines()


def wait_for_rounds(server: RedisServer, rounds: int) -> None:
    """Wait until reconciliation has noted so many times that it was there."""
    deadline, before_ms = time.monotonic() + LIMIT_S, 0
    with redis.Redis.from_url(server.url) as client:
        while rounds > 0:
            assert time.monotonic() < deadline, "it does not reconcile"
            left_ms = int(client.pttl(NOTED))
            rounds -= left_ms > before_ms
            before_ms = max(0, left_ms)
            time.sleep(0.05)


def test_a_light_worker_that_reconciles_and_finds_nothing_says_nothing(tmp_path: Path) -> None:
    settings = {"FLORESCOPE_RECONCILE_EVERY_S": str(EVERY_S)}
    with redis_server(tmp_path) as server, LightStack(tmp_path, server, settings).running(("api", *SERVICES)) as stack:
        wait_for_rounds(server, 1)
        before = {name: len(lines(stack, name)) for name in SERVICES}
        wait_for_rounds(server, ROUNDS)
        assert {name: lines(stack, name)[before[name] :] for name in SERVICES} == {name: [] for name in SERVICES}
