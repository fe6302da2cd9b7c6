"""Where nothing happens, nothing is logged."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from tests.services.light_stack import LightStack
from tests.services.redis_server import redis_server

ROUNDS, EVERY_S = 20, 0.5
SERVICES = ("light", "beat")


def lines(stack: LightStack, name: str) -> list[str]:
    return (stack.folder / f"{name}.log").read_text().splitlines()


def test_a_light_worker_that_reconciles_and_finds_nothing_says_nothing(tmp_path: Path) -> None:
    settings = {"FLORESCOPE_RECONCILE_EVERY_S": str(EVERY_S)}
    with redis_server(tmp_path) as server, LightStack(tmp_path, server, settings).running(("api", *SERVICES)) as stack:
        deadline = time.monotonic() + 120
        while not any("ready" in line for line in lines(stack, "light")):
            assert time.monotonic() < deadline, stack.logs()
            time.sleep(0.2)
        time.sleep(2 * EVERY_S)
        before = {name: len(lines(stack, name)) for name in SERVICES}
        time.sleep(ROUNDS * EVERY_S)
        assert redis.Redis.from_url(server.url).exists("florescope:next:index"), "it reconciles"
        assert {name: lines(stack, name)[before[name] :] for name in SERVICES} == {name: [] for name in SERVICES}
