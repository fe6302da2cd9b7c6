from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.connection import Connection

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
