"""Where a job is among its stages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.pages.stages import stages
from jobs.job import Job, JobResource, Snapshot, resource
from jobs.live.progress import Progress
from jobs.specs.spec import spec_adapter
from jobs.state import JobState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRAIN = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}


def job(state: JobState, spec: dict[str, Any] = TRAIN, **progress: Any) -> JobResource:
    made = Job(id="j", created_at=NOW, spec=spec_adapter.validate_python(spec))
    snapshot = Snapshot(job_id="j", state=state, progress=Progress(**progress))
    return resource(made, snapshot=snapshot, end=None, cancelling=False)


@pytest.mark.parametrize(
    ("state", "progress", "here"),
    [
        (JobState.QUEUED, {}, "queued"),
        (JobState.PLANNING, {}, "planning"),
        (JobState.QUEUED, {"total": 8}, "queued"),
        (JobState.RUNNING, {"total": 8, "stage": "loading"}, "loading"),
        (JobState.RUNNING, {"total": 8, "stage": "training"}, "training"),
        (JobState.RUNNING, {"total": 8, "stage": "testing"}, "testing"),
        (JobState.FINALIZING, {"total": 8}, "finalizing"),
    ],
)
def test_a_job_is_at_one_stage(state: JobState, progress: dict[str, Any], here: str) -> None:
    assert [stage.name for stage in stages(job(state, **progress)) if stage.standing == "now"] == [here]


def test_only_stages_that_will_come_are_shown() -> None:
    names = [
        stage.name for stage in stages(job(JobState.PLANNING, {**TRAIN, "calibrate": False, "splits": {"test": None}}))
    ]
    assert names == ["planning", "queued", "loading", "training", "finalizing"]


def test_means_of_epochs_are_a_stage_of_trainings_that_try_them() -> None:
    tuning = {"epochs": 4, "layers": "all", "average_last": 3}
    spec = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "MobileNetV2", "fine_tune": tuning}
    names = [stage.name for stage in stages(job(JobState.PLANNING, spec))]
    assert names[names.index("training") :] == ["training", "averaging", "calibrating", "testing", "finalizing"]


def test_a_job_that_is_over_is_at_no_stage() -> None:
    assert stages(job(JobState.FAILED)) == []
