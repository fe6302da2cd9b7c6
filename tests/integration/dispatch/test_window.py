from __future__ import annotations

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.connection import Connection
from dispatch.job_keys import KEPT_S
from tests.services.redis_server import RedisServer

RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RELAXED
@given(total=st.integers(1, 40), size=st.integers(1, 6))
def test_every_step_is_rung_once_and_never_more_than_the_window_are_out(
    connection: Connection, total: int, size: int
) -> None:
    steps = [f"shard-{number:05d}" for number in range(total)]
    connection.windows.forget("job")
    assert connection.windows.begin("job", steps)
    enqueued: list[str] = []
    while True:
        following = connection.windows.advance("job", size=size)
        enqueued += following.enqueue
        assert following.out <= size
        if following.exhausted:
            break
        connection.windows.complete("job", connection.windows.out("job")[0])
    assert enqueued == steps


def test_beginning_twice_changes_nothing(connection: Connection) -> None:
    assert connection.windows.begin("job", ["a", "b"])
    assert not connection.windows.begin("job", ["c"])
    assert connection.windows.advance("job", size=9).enqueue == ("a", "b")


def test_a_job_without_steps_is_exhausted_at_once(connection: Connection) -> None:
    connection.windows.begin("job", [])
    assert connection.windows.begun("job")
    assert connection.windows.advance("job", size=2).exhausted


def test_more_steps_than_go_to_redis_at_once_keep_their_order(connection: Connection) -> None:
    steps = [f"shard-{number:05d}" for number in range(100_050)]
    assert connection.windows.begin("job", steps)
    assert connection.windows.advance("job", size=99_990).enqueue == tuple(steps[:99_990])
    for step in steps[:20]:
        connection.windows.complete("job", step)
    assert connection.windows.advance("job", size=99_990).enqueue == tuple(steps[99_990:100_010])


def test_what_is_noted_of_a_job_goes_a_week_after_it_was_last_touched(
    connection: Connection, shared_redis: RedisServer
) -> None:
    client = redis.Redis.from_url(shared_redis.url)
    connection.windows.begin("job", ["a", "b", "c"])
    connection.windows.begin("job", ["d"])  # leaves nothing either
    found = sorted(client.scan_iter("*"))
    assert found == [b"florescope:begun:job", b"florescope:todo:job"]
    for key in found:
        assert client.expireat(key, 2**33)
    connection.windows.advance("job", size=2)
    assert all(0 < client.ttl(key) <= KEPT_S for key in client.scan_iter("*"))


def test_a_step_that_is_committed_behind_its_job_leaves_nothing(
    connection: Connection, shared_redis: RedisServer
) -> None:
    connection.windows.begin("job", ["a"])
    connection.windows.advance("job", size=1)
    connection.windows.forget("job")
    connection.windows.complete("job", "a")
    assert redis.Redis.from_url(shared_redis.url).keys("*") == []
