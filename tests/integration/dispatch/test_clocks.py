"""Times that are compared are Redis' own: a host whose clock is wrong changes nothing."""

from __future__ import annotations

import time

import pytest
import redis

from dispatch.connection import Connection
from tests.services.redis_server import RedisServer


@pytest.mark.parametrize("wrong_by_s", [-300, 300])
def test_postponed_and_missing_steps_go_by_the_clock_of_redis(
    connection: Connection, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, wrong_by_s: float
) -> None:
    honest = time.time
    monkeypatch.setattr(time, "time", lambda: honest() + wrong_by_s)
    board = connection.board
    board.counters.postpone("job", "plan", delay_s=60)
    board.counters.postpone("job", "train", delay_s=0)
    assert 0 <= board.counters.seconds_missing("job", "plan") < 60
    (look,) = board.looks.look(["job"])
    assert (set(look.later), set(look.due)) == ({"plan"}, {"train"})
    seconds = redis.Redis.from_url(shared_redis.url).time()[0]
    assert 0 < board.counters.due("job")["plan"] - seconds <= 61


def test_out_steps_are_noted_with_the_time_of_redis(
    connection: Connection, shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    connection.windows.begin("job", ["a"])
    connection.windows.advance("job", size=1)
    client = redis.Redis.from_url(shared_redis.url)
    noted = client.hget("florescope:out:job", "a")
    assert noted is not None
    assert abs(int(noted) - client.time()[0]) < 60
