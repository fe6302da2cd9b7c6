"""Counts what workers log in a minute in which nothing happens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tests.services.light_stack import LightStack
from tests.services.redis_server import redis_server

SERVICES = ("light", "beat", "worker", "finalize")
LASTS_S = 60.0
STARTS_WITHIN_S = 180.0
SETTINGS = {"FLORESCOPE_RECONCILE_EVERY_S": "2"}


def measure(folder: Path) -> Mapping[str, float]:
    """Lines of the light worker, and of all four."""
    with redis_server(folder) as server, LightStack(folder, server, SETTINGS).running(("api", *SERVICES)) as stack:
        _wait_until_started(stack)
        before = {name: _lines(stack, name) for name in SERVICES}
        time.sleep(LASTS_S)
        found = {name: (_lines(stack, name) - before[name]) * 60 / LASTS_S for name in SERVICES}
    return {"log_lines_per_idle_minute": found["light"], "log_lines_per_idle_minute_of_all": sum(found.values())}


def _wait_until_started(stack: LightStack) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not all("ready" in (stack.folder / f"{name}.log").read_text() for name in SERVICES if name != "beat"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the workers did not start\n{stack.logs()}")
        time.sleep(0.5)
    time.sleep(5)  # what they say when they have just started


def _lines(stack: LightStack, name: str) -> int:
    return len((stack.folder / f"{name}.log").read_text().splitlines())
