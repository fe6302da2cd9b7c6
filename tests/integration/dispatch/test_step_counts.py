"""Running totals over the steps of a job: right, never falling back, and as cheap with many steps as with few."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.connection import Connection
from dispatch.step_counts import Totals
from jobs.job import Snapshot
from jobs.live.progress import Progress
from jobs.state import JobState
from tests.services.redis_server import RedisServer

RELAXED = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
BEATS = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(0, 64).map(lambda value: round(value, 3)), st.integers(0, 9)),
    min_size=1,
    max_size=20,
)


@RELAXED
@given(beats=BEATS)
def test_totals_are_the_sums_of_what_each_step_said_last(
    connection: Connection, beats: list[tuple[str, float, int]]
) -> None:
    connection.board.forget("job")
    last: dict[str, tuple[float, int]] = {}
    most = 0.0
    for step, done, failed in beats:
        last[step] = (done, failed)
        most = max(most, sum(each for each, _ in last.values()))
        shown = connection.board.progress.counts.note("job", {step: (done, failed)})
        assert shown.done == pytest.approx(most, abs=1e-6)
        assert shown.failed == sum(each for _, each in last.values())


def test_a_step_that_begins_again_does_not_take_back_what_was_shown(connection: Connection) -> None:
    counts = connection.board.progress.counts
    counts.note("job", {"shard-00000": (64, 0)})
    assert counts.note("job", {"shard-00001": (40, 2)}) == Totals(104, 2)
    assert counts.note("job", {"shard-00001": (0, 0)}).done == 104
    assert counts.note("job", {"shard-00001": (64, 3)}) == Totals(128, 3)


def test_counts_without_totals_are_summed_once(connection: Connection, shared_redis: RedisServer) -> None:
    client = redis.Redis.from_url(shared_redis.url)
    client.hset("florescope:counts:job", mapping={"shard-00000": "64.0/1", "shard-00001": "10.5/0"})
    assert connection.board.progress.counts.note("job", {"shard-00001": (12, 1)}) == Totals(76, 2)


def test_failures_that_are_not_known_stay_as_they_were(connection: Connection) -> None:
    counts = connection.board.progress.counts
    counts.note("job", {"shard-00000": (64, 5)})
    assert counts.note("job", {"shard-00000": (64, None), "shard-00001": (64, None)}) == Totals(128, 5)


@RELAXED
@given(message=st.text(st.characters(codec="utf-8")), done=st.floats(0, 64), failed=st.integers(0, 9))
def test_a_beat_shows_the_totals_of_all_steps_whatever_the_view_says(
    connection: Connection, message: str, done: float, failed: int
) -> None:
    connection.board.forget("job")
    progress = connection.board.progress
    progress.counts.note("job", {"shard-00000": (64, 1)})
    view = Snapshot(job_id="job", state=JobState.RUNNING, progress=Progress(done=3, total=900, message=message))
    assert progress.beat("job", "shard-00001", done=done, failed=failed, view=view).before is None
    shown = progress.snapshot("job")
    assert shown is not None
    assert shown.progress.done == pytest.approx(64 + done, abs=1e-9)
    assert shown == view.model_copy(
        update={"progress": view.progress.model_copy(update={"done": shown.progress.done, "failed": 1 + failed})}
    )
    assert progress.beat("job", "shard-00001", done=done, failed=failed).before == shown


def commands(client: redis.Redis) -> int:
    """How many commands Redis has carried out, those within scripts among them."""
    stats: Any = client.info("commandstats")
    return sum(int(each["calls"]) for name, each in stats.items() if name != "cmdstat_info")


def test_a_beat_costs_the_same_however_many_steps_there_are(connection: Connection, shared_redis: RedisServer) -> None:
    client, costs = redis.Redis.from_url(shared_redis.url), []
    for steps in (1000, 2000):
        connection.board.progress.counts.note("job", {f"shard-{number:05d}": (64, 0) for number in range(steps)})
        before = commands(client)
        connection.board.progress.beat("job", "shard-00007", done=8, failed=0, view=Snapshot(job_id="job"))
        costs.append(commands(client) - before)
    assert costs[0] == costs[1] == 5  # the script and what it calls
