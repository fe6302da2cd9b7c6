"""What lists show of a job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.job import Job, JobEnd
from jobs.lists.job_facts import facts_of
from jobs.live.progress import Progress
from jobs.specs.spec import spec_adapter
from jobs.state import JobState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SWEEP = {"kind": "sweep", "base": {"dataset": "synthetic_flowers"}, "grid": {"batch_size": [16, 32]}}


@pytest.mark.parametrize(
    ("best", "accuracy"),
    [
        ({"test_accuracy": 0.0, "validation_accuracy": 0.5}, 0.0),
        ({"test_accuracy": None, "validation_accuracy": 0.5}, 0.5),
        ({}, None),
    ],
)
def test_the_accuracy_of_a_sweep_is_that_of_its_best_trial_in_the_test(
    best: dict[str, Any], accuracy: float | None
) -> None:
    job = Job(id="j", created_at=NOW, spec=spec_adapter.validate_python(SWEEP))
    end = JobEnd(
        job_id="j",
        state=JobState.SUCCEEDED,
        started_at=NOW,
        finished_at=NOW,
        progress=Progress(),
        summary={"best": best},
    )
    assert facts_of(job, end, None).accuracy == accuracy
