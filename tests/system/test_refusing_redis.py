"""A worker's consumer outlives a Redis that refuses, and whatever somebody pushes into its queue."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from tests.services.ports import free_port
from tests.services.redis_server import RedisServer
from tests.services.refusals import REFUSALS, refusing
from tests.services.stack import QUICK, Stack

pytestmark = pytest.mark.kill
LIMIT_S = 60


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis and the light worker alone."""
    folder = tmp_path_factory.mktemp("light")
    server = RedisServer(folder=folder, port=free_port())
    server.start()
    stack = Stack(
        folder=folder, redis=server, settings={**QUICK, "FLORESCOPE_LOG_LEVEL": "DEBUG"}
    )  # it tells of each call
    try:
        stack.start("light")
        yield stack
    finally:
        stack.kill("light")
        server.stop()


def message(**headers: object) -> dict[str, Any]:
    """What Celery sends to ask for a round of reconciliation, with other headers where they are given."""
    return {
        "body": base64.b64encode(json.dumps([[], {}, {}]).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "florescope.reconcile", "id": "one", "retries": 0, **headers},
        "properties": {
            "body_encoding": "base64",
            "correlation_id": "one",
            "delivery_info": {"exchange": "", "routing_key": "light"},
            "delivery_mode": 2,
            "delivery_tag": "one",
        },
    }


def without(name: str) -> str:
    return json.dumps({key: value for key, value in message().items() if key != name})


STRANGE: dict[str, str | bytes] = {
    "no JSON": "hello",
    "no text": b"\xff\xfe\x00",
    "half a message": json.dumps(message())[:60],
    "a number": "1",
    "a list": "[]",
    "a deep list": "[" * 200_000,
    "a strange type": '{"__type__": "datetime", "__value__": []}',
    "no properties": without("properties"),
    "no headers": without("headers"),
    "no body": without("body"),
    "no task": json.dumps(message(task=None)),
    "another task": json.dumps(message(task="somebody.else")),
    "a broken body": json.dumps({**message(), "body": "%%%"}),
    "a body of another shape": json.dumps({**message(), "body": base64.b64encode(b"[1, 2, 3]").decode()}),
    "another language": json.dumps({**message(), "content-type": "application/x-python-serialize"}),
    "a time that is none": json.dumps(message(eta="tomorrow")),
    "an end that is none": json.dumps(message(expires=["x"])),
    "limits that are none": json.dumps(message(timelimit=5)),
    "an id that is none": json.dumps(message(id=["x"])),
    "too many arguments": json.dumps({**message(), "body": base64.b64encode(b'[["a", "b"], {"c": 1}, {}]').decode()}),
}


def eventually(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + LIMIT_S
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def assert_works(light: Stack) -> None:
    """The same process takes a proper message and does what it says."""
    rounds = reconciled(light)
    client = redis.Redis.from_url(light.redis.url)
    client.lpush("light", json.dumps(message()))
    assert eventually(lambda: reconciled(light) > rounds), light.logs()
    assert client.llen("light") == 0
    assert light.processes["light"].poll() is None, light.logs()


def reconciled(light: Stack) -> int:
    return (light.folder / "light.log").read_text().count("florescope.reconcile[one] succeeded")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_worker_waits_for_a_redis_that_refuses(light: Stack, refusal: str) -> None:
    assert_works(light)
    with refusing(light.redis, refusal):
        time.sleep(2.5)  # long enough for a second try to be refused too
    assert_works(light)


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_message_is_thrown_away(light: Stack, name: str) -> None:
    client = redis.Redis.from_url(light.redis.url)
    client.lpush("light", STRANGE[name])
    assert_works(light)
