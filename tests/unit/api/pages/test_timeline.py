"""What happened to a job, on its page: both ends, and all that went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.pages.timeline import FIRST, LAST, timeline
from jobs.job import Job, Snapshot, resource
from jobs.live.log_line import LogLine
from jobs.specs.spec import spec_adapter
from jobs.state import JobState

START = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}
JOB = resource(
    Job(id="j", created_at=START, spec=spec_adapter.validate_python(SPEC)),
    snapshot=Snapshot(job_id="j", state=JobState.RUNNING),
    end=None,
    cancelling=False,
)


def left(count: int, outcome: str) -> list[LogLine]:
    return [
        LogLine(at=START + timedelta(seconds=n), event="step_left", step=f"s{n}", fields={"outcome": outcome})
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [FIRST, FIRST + LAST - 1])
def test_a_short_one_is_told_whole(count: int) -> None:
    assert len(timeline(JOB, left(count, "done"))) == count + 1


def test_of_a_long_one_the_middle_is_counted() -> None:
    told = [each.what for each in timeline(JOB, left(FIRST + LAST + 9, "done"))]
    assert len(told) == FIRST + 1 + LAST
    assert told[FIRST] == "10 more of the same"


def test_what_went_wrong_is_told_whole_and_nothing_is_said_to_be_left_out() -> None:
    told = [each.what for each in timeline(JOB, left(FIRST + LAST + 9, "failed"))]
    assert len(told) == FIRST + LAST + 10
    assert not [what for what in told if "more of the same" in what]
