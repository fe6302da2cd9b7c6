"""Connections to the broker that are dead on one side only: workers find out, and consume again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Celery

from dispatch.celery_app import make_celery
from tests.services.faulty_wire import FaultyWire, faulty_wire
from tests.services.ports import free_port
from tests.services.redis_server import RedisServer
from tests.services.stack import QUICK, Stack

pytestmark = pytest.mark.kill
PROMISED_S = 60
QUEUES = {"light": "light", "worker": "train"}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, FaultyWire]]:
    """Redis behind a proxy, and the workers."""
    folder = tmp_path_factory.mktemp("half-open")
    server = RedisServer(folder=folder, port=free_port())
    server.start()
    with faulty_wire(server.port) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}/0"
        stack = Stack(folder=folder, redis=server, settings={**QUICK, "FLORESCOPE_REDIS_URL": url})
        try:
            for name in QUEUES:
                stack.start(name)
            yield stack, proxy
        finally:
            for name in QUEUES:
                stack.kill(name)
            server.stop()


def send(stack: Stack, queue: str) -> str:
    """Ask for a step of a job that does not exist: a worker looks, and is done. The id of the message."""
    with Celery("test", broker=stack.redis.url) as app:
        sent = app.send_task("florescope.run_step", args=["nothing", "train"], queue=queue, ignore_result=True)
    return str(sent.id)


def wait_for(stack: Stack, name: str, message: str, *, limit_s: float) -> None:
    """Wait until a worker has worked on a message."""
    log, deadline = stack.folder / f"{name}.log", time.monotonic() + limit_s
    while f"run_step[{message}] raised" not in log.read_text():
        assert time.monotonic() < deadline, f"{name} took no message within {limit_s} s\n{stack.logs()}"
        time.sleep(0.1)


def consumers(stack: Stack) -> set[str]:
    """The connections that wait at Redis for a message, by their ids."""
    with redis.Redis.from_url(stack.redis.url, decode_responses=True) as client:
        return {each["id"] for each in client.client_list() if "b" in each["flags"]}


def wait_until_nobody_waits(stack: Stack, waiting: set[str]) -> None:
    """Wait until Redis has told these consumers that there is no message: a later answer would not reach them."""
    deadline = time.monotonic() + PROMISED_S
    while waiting & consumers(stack):
        assert time.monotonic() < deadline, stack.logs()
        time.sleep(0.05)


def test_real_workers_look_often_enough_to_consume_again_within_a_minute() -> None:
    with make_celery("redis://127.0.0.1:1/0") as app, app.connection_for_read() as connection:
        transport: Any = connection.transport  # which has no types
        looks_every_s = app.conf.broker_transport_options["health_check_interval"]
    assert 0 < transport.brpop_timeout + 2 * looks_every_s <= PROMISED_S / 2


def test_workers_consume_again_within_a_minute(proxied: tuple[Stack, FaultyWire]) -> None:
    stack, proxy = proxied
    for _ in range(2):
        for name, queue in QUEUES.items():
            wait_for(stack, name, send(stack, queue), limit_s=120)
        waiting = consumers(stack)
        assert proxy.swallow() > 0
        wait_until_nobody_waits(stack, waiting)
        sent = {name: send(stack, queue) for name, queue in QUEUES.items()}
        deadline = time.monotonic() + PROMISED_S
        for name, message in sent.items():
            wait_for(stack, name, message, limit_s=deadline - time.monotonic())
