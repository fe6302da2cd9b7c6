"""What workers count lies in Redis, so that everybody reads the same of it."""

from __future__ import annotations

import pytest

from dispatch.connection import Connection
from dispatch.metrics.live_metrics import LiveMetrics, Series
from dispatch.metrics.table import JOBS_ENDED, METRICS, QUEUE_WAIT_SECONDS, STEP_RETRIES
from tests.services.redis_calls import counted_round_trips


@pytest.fixture
def numbers(connection: Connection) -> LiveMetrics:
    return connection.board.metrics


def test_what_never_happened_is_told_as_zero(numbers: LiveMetrics) -> None:
    assert numbers.read()[STEP_RETRIES.name] == {
        (reason,): Series() for reason in ("outage", "error", "stopping", "lost")
    }


def test_what_happened_is_added_up_by_its_labels(numbers: LiveMetrics) -> None:
    numbers.add(JOBS_ENDED, "train", "succeeded")
    numbers.add(JOBS_ENDED, "train", "succeeded", by=2)
    numbers.add(JOBS_ENDED, "explain", "failed")
    found = numbers.read()[JOBS_ENDED.name]
    assert found["train", "succeeded"].count == 3
    assert found["explain", "failed"].count == 1
    assert sum(series.count for series in found.values()) == 4


def test_times_fall_into_the_first_bucket_whose_bound_they_do_not_exceed(numbers: LiveMetrics) -> None:
    bounds = QUEUE_WAIT_SECONDS.buckets
    for seconds in (0.0, bounds[0], bounds[0] + 0.01, 1e9):
        numbers.observe(QUEUE_WAIT_SECONDS, seconds, "light")
    (labels, series), *others = numbers.read()[QUEUE_WAIT_SECONDS.name].items()
    assert (labels, others) == (("light",), [])
    assert series.by_bucket == (2, 1, *(0,) * (len(bounds) - 2), 1)
    assert series.count == 4
    assert series.total == pytest.approx(1e9 + 2 * bounds[0] + 0.01)


def test_a_clock_that_lies_takes_no_time_away(numbers: LiveMetrics) -> None:
    numbers.observe(QUEUE_WAIT_SECONDS, -5.0, "light")
    assert numbers.read()[QUEUE_WAIT_SECONDS.name]["light",].total == 0


def test_reading_all_of_it_is_one_call(numbers: LiveMetrics) -> None:
    with counted_round_trips() as calls:
        numbers.read()
    assert calls() == 1


def test_what_another_version_counts_is_left_out(numbers: LiveMetrics, connection: Connection) -> None:
    client = connection.board._keys.client
    client.hset(
        "florescope:metrics", mapping={"of_a_later_release|x": 1, "jobs_ended|train": 1, "queue_wait_seconds": 1}
    )
    found = numbers.read()
    assert set(found) == {metric.name for metric in METRICS}
    assert sum(series.count for by_labels in found.values() for series in by_labels.values()) == 0


def test_each_death_is_told_once_whatever_happens_between(connection: Connection) -> None:
    counters = connection.board.counters
    told = [counters.uncounted_deaths("job", "train", deaths) for deaths in (0, 1, 1, 2, 4)]
    assert told == [0, 1, 0, 1, 2]
    counters.reset_attempts("job", "train")
    assert [counters.uncounted_deaths("job", "train", deaths) for deaths in (0, 1)] == [0, 1]
