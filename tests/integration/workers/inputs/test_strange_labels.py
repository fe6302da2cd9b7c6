"""Explanations of images whose labels are no classes of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.results.record import Outcome
from jobs.state import JobState
from ml.data.datasets import read
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

SHARD = "shard-00000"


@pytest.fixture
def other_names(services: Services) -> None:
    """The model has as many classes as the data set, but others."""
    model = PublishedModel.decode(services.store.get(keys.model("trained")))
    trees = tuple(f"tree {number} of many" for number in range(len(model.class_names)))
    services.store.put(keys.model("trained"), model.model_copy(update={"class_names": trees}).encode())


def ended(services: Services, **changes: Any) -> tuple[str, JobEnd]:
    job_id = submit_explanation(services, split="test[0:4]", **changes)
    for step in ("plan", SHARD, "finalize"):
        run_step(job_id, step, services)
    return job_id, JobEnd.decode(services.store.get(keys.end(job_id)))


@pytest.mark.usefixtures("other_names")
def test_predictions_of_other_classes_are_neither_right_nor_wrong(services: Services) -> None:
    job_id, end = ended(services)
    report = stored_report(services.store, job_id, SHARD)
    assert {record.outcome for record in report.records} == {Outcome.EXPLAINED}
    assert end.summary is not None
    assert end.summary["accuracy"] is None
    assert "have different classes: class 0 is" in end.summary["labels_left_out"]


@pytest.mark.usefixtures("other_names")
def test_the_true_class_of_a_strange_data_set_is_no_target(services: Services) -> None:
    _, end = ended(services, target="true")
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert end.error.field == "target"
    assert "choose another target" in end.error.message


def test_labels_of_the_models_own_classes_count(services: Services) -> None:
    _, end = ended(services)
    assert end.summary is not None
    assert end.summary["labels_left_out"] is None
    assert end.summary["accuracy"] is not None


def test_with_the_true_class_as_target_an_image_without_a_possible_label_is_an_error_record(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def relabelled(*args: Any, **options: Any) -> Any:
        return (replace(example, label=99) if example.index == 1 else example for example in read(*args, **options))

    monkeypatch.setattr("workers.inputs.dataset_source.read", relabelled)
    job_id, _ = ended(services, target="true", max_failure_rate=1)
    records = stored_report(services.store, job_id, SHARD).records
    assert [record.outcome is Outcome.ERROR for record in records] == [False, True, False, False]
    assert "label 99 is out of range" in str(records[1].error)
