"""A stack with faulty connections and wrong clocks for tests of faults, and a Redis for those that need no stack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dispatch.connection import Connection, connect
from tests.faults.onlooker import Onlooker
from tests.services.faulty_s3 import SOUND
from tests.services.light_stack import FaultyStack, faulty_stack
from tests.services.redis_server import RedisServer, redis_server
from tests.services.stack import QUICK, ROOT
from tests.services.wrong_clock import wrong_by, wrong_clock

WRONG_BY_S = {"worker": -300, "worker-2": 300, "light": 300, "finalize": -300}
"""The clocks of the workers are minutes apart from each other's and from that of Redis, where that can be done."""


def begin_soak(folder: Path, *, minutes: float) -> subprocess.Popen[str]:
    """Start a soak, with a lease of a few seconds."""
    options = {"--minutes": minutes, "--seed": 7, "--lease-s": 4, "--folder": folder}
    return begin("bench.soak.main", *(str(word) for option in options.items() for word in option))


def begin(module: str, *words: str) -> subprocess.Popen[str]:
    """Start a module as a program."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="session")
def soak_under_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A short soak. It is started early and runs beside another test, since both spend most of their time waiting."""
    with begin_soak(tmp_path_factory.mktemp("soak") / "soak", minutes=0.2) as process:
        yield process
        process.terminate()


@pytest.fixture(scope="session")
def deaths_under_way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """The program that kills a process at each write. It mostly waits, so it is started early, beside another test."""
    folder = tmp_path_factory.mktemp("deaths")
    with redis_server(folder) as server, begin("tests.faults.crash_points", server.url, str(folder)) as process:
        yield process
        process.terminate()


def begin_early(name: str, request: pytest.FixtureRequest) -> None:
    """Start the program behind the fixture of this name, if a test of this run uses that fixture."""
    if any(name in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue(name)


@pytest.fixture
def beside_the_soak(request: pytest.FixtureRequest) -> None:
    """Start the soak, so that it runs while this test does."""
    begin_early("soak_under_way", request)


@pytest.fixture
def beside_the_deaths(request: pytest.FixtureRequest) -> None:
    """Start the program that kills a process at each write, so that it runs while this test does."""
    begin_early("deaths_under_way", request)


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def connection(shared_redis: RedisServer) -> Connection:
    redis.Redis.from_url(shared_redis.url).flushall()
    return connect(redis_url=shared_redis.url, lease_ttl_s=3)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStack]:
    folder: Path = tmp_path_factory.mktemp("faulty")
    library = wrong_clock(folder)
    own = {name: wrong_by(seconds, library) for name, seconds in WRONG_BY_S.items()} if library else {}
    with faulty_stack(folder, seed=7, settings=QUICK, own=own) as running:
        yield running


@pytest.fixture
def faulty(running: FaultyStack) -> Iterator[FaultyStack]:
    """The stack; afterwards nothing is faulty any more, and every service is up."""
    yield running
    running.s3.rates = SOUND
    running.wire.heal()
    running.wire.end_swallowed()
    running.stack.restart_dead()
    running.stack.wait_until_ready()


@pytest.fixture
def onlooker(faulty: FaultyStack) -> Iterator[Onlooker]:
    with Onlooker(faulty.stack.url, faulty.store, cancelled_within_s=180) as looking:
        yield looking
