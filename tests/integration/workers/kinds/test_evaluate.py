"""An evaluation from plan to pictures, with real Redis and a real (untrained) network."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.results.manifest import Manifest
from jobs.results.record import Outcome
from jobs.state import JobState
from ml.data.datasets import Example, read
from tests.services.evaluations import SHARDS, metrics_of, reports_of, run_all, submit_evaluation
from tests.services.gathered import outcomes
from workers.inputs import dataset_source
from workers.inputs.poison_images import PoisonNote
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FILES = {
    *("metrics.json", "per_class.csv", "confusion.csv", "confusion.png"),
    *("reliability.png", "robustness.csv", "robustness.png"),
    *("images.parquet", "records.parquet", "lookup.parquet"),
}


@pytest.mark.figures
def test_an_evaluation_leaves_a_record_per_image_and_all_its_files(services: Services) -> None:
    job_id = submit_evaluation(services)
    end = run_all(services, job_id)
    assert end.state is JobState.SUCCEEDED
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert {file.name for file in manifest.files} == FILES
    assert len(outcomes(services.store, job_id)) == 10
    for name in ("confusion.png", "reliability.png", "robustness.png"):
        with Image.open(io.BytesIO(services.store.get(keys.file(job_id, name)))) as picture:
            assert min(picture.size) > 200


def test_the_numbers_agree_wherever_they_are_written(services: Services) -> None:
    job_id = submit_evaluation(services)
    summary = run_all(services, job_id).summary
    assert summary is not None
    metrics, reports = metrics_of(services, job_id), reports_of(services, job_id)
    records = [record for report in reports for record in report.records]
    correct = sum(record.outcome is Outcome.CORRECT for record in records)
    assert summary["accuracy"] == metrics["accuracy"] == correct / 10
    assert summary["expected_calibration_error"] == pytest.approx(metrics["calibration"]["expected_calibration_error"])
    low, high = summary["expected_calibration_error_interval_95"]
    assert low <= summary["expected_calibration_error"] <= high
    assert summary["expected_calibration_error_if_perfect"] <= summary["expected_calibration_error_if_perfect_p95"]
    assert summary["mean_per_class_accuracy"] == pytest.approx(metrics["mean_per_class_accuracy"])
    confusion = list(csv.reader(services.store.get(keys.file(job_id, "confusion.csv")).decode().splitlines()))[1:]
    assert sum(int(row[1 + number]) for number, row in enumerate(confusion)) == correct
    conditions = list(csv.DictReader(services.store.get(keys.file(job_id, "robustness.csv")).decode().splitlines()))
    assert [(row["corruption"], row["severity"]) for row in conditions] == [
        (name, severity) for name in ("rotation", "background", "noise") for severity in ("1", "5")
    ]
    mean = np.mean([1 - float(row["accuracy"]) for row in conditions])
    assert summary["mean_corruption_error"] == pytest.approx(mean, abs=1e-5)
    assert metrics["robustness"]["background_told_from"] == {"true mask": 10}


def test_the_packed_numbers_of_a_shard_are_those_of_its_records(services: Services) -> None:
    job_id = submit_evaluation(services)
    run_all(services, job_id)
    report = reports_of(services, job_id)[0]
    with np.load(io.BytesIO(services.store.get(report.artifacts[0].key))) as packed:
        assert packed["image_ids"].tolist() == [record.image_id for record in report.records]
        assert packed["predictions"].tolist() == [record.prediction for record in report.records]
        assert packed["corrupted_predictions"].shape == packed["map_correlations"].shape == (6, 6)
        assert packed["logits"].dtype == np.float16


def test_a_model_measured_against_itself_has_a_mean_corruption_error_of_1(services: Services) -> None:
    job_id = submit_evaluation(services, baseline_model="trained")
    summary = run_all(services, job_id).summary
    assert summary is not None
    assert summary["mean_corruption_error"] == pytest.approx(1)
    assert summary["normalised_by"] == "trained"


def test_results_depend_neither_on_batches_nor_on_shards(services: Services) -> None:
    one = submit_evaluation(services)
    other = submit_evaluation(services, batch_size=3, shard_size=5)
    run_all(services, one)
    run_all(services, other)
    first, second = metrics_of(services, one), metrics_of(services, other)
    assert first["robustness"]["corruptions"].keys() == second["robustness"]["corruptions"].keys()
    for name, numbers in first["robustness"]["corruptions"].items():
        for mine, theirs in zip(
            numbers["severities"], second["robustness"]["corruptions"][name]["severities"], strict=True
        ):
            assert mine == pytest.approx(theirs, abs=1e-4)


def test_without_corruptions_only_the_images_as_they_are_are_judged(services: Services) -> None:
    job_id = submit_evaluation(services, corruptions=[])
    summary = run_all(services, job_id).summary
    assert summary is not None
    assert "mean_corruption_error" not in summary
    assert "robustness" not in metrics_of(services, job_id)


def changed_reader(index: int, **changes: Any) -> Any:
    def reader(*args: Any, **options: Any) -> Iterator[Example]:
        for example in read(*args, **options):
            yield dataclasses.replace(example, **changes) if example.index == index else example

    return reader


def test_without_a_true_mask_the_background_is_what_gradcam_does_not_point_at(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_source, "read", changed_reader(3, mask=None))
    job_id = submit_evaluation(services)
    run_all(services, job_id)
    told = metrics_of(services, job_id)["robustness"]["background_told_from"]
    assert told["true mask"] == 9
    assert sum(told.values()) == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"image": None, "error": "cannot be decoded"}, "cannot be decoded"),
        ({"label": None}, "has no label"),
        ({"label": 9}, "its label 9 is out of range: there are 9 classes"),
        ({"label": -1}, "its label -1 is out of range"),
    ],
)
def test_an_image_that_cannot_be_judged_is_an_error_record_and_counts_nowhere(
    services: Services, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(dataset_source, "read", changed_reader(2, **changes))
    job_id = submit_evaluation(services, max_failure_rate=0.2)
    assert run_all(services, job_id).state is JobState.COMPLETED_WITH_ERRORS
    assert words in str(reports_of(services, job_id)[0].records[2].error)
    assert metrics_of(services, job_id)["images"] == 9


def test_an_image_that_ended_two_workers_is_not_tried_again(services: Services) -> None:
    job_id = submit_evaluation(services, max_failure_rate=0.5, corruptions=["noise"])
    run_step(job_id, "plan", services)
    services.store.put(keys.suspect(job_id, SHARDS[0]), PoisonNote(deaths={1: 2}).encode())
    services.board.counters.count_attempt(job_id, SHARDS[0], by=4)
    run_all(services, job_id)
    outcomes = [record.outcome for record in reports_of(services, job_id)[0].records]
    assert outcomes[1] is Outcome.ERROR
    assert outcomes.count(Outcome.ERROR) == 1


def test_a_cancelled_evaluation_keeps_the_shards_that_are_whole(services: Services) -> None:
    job_id = submit_evaluation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, SHARDS[0], services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    assert "is to stop" in run_step(job_id, SHARDS[1], services)
    run_step(job_id, "finalize", services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert (end.state, end.progress.done) == (JobState.CANCELLED, 6)


def test_a_split_without_labels_fails_the_job_and_says_why(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlabelled(*args: Any, **options: Any) -> Iterator[Example]:
        return (dataclasses.replace(example, label=None) for example in read(*args, **options))

    monkeypatch.setattr(dataset_source, "read", unlabelled)
    job_id = submit_evaluation(services)
    end = run_all(services, job_id)
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "not one of 10 images came through" in end.error.message
    assert "only labelled images can be judged" in end.error.message


def test_a_model_of_other_classes_is_refused_when_planning(services: Services) -> None:
    model = PublishedModel.decode(services.store.get(keys.model("trained")))
    names = model.class_names
    for other, class_names, words in (
        ("fewer", names[:4], "have 4 and 9 classes"),
        ("swapped", (names[1], names[0], *names[2:]), "differently"),
        ("others", tuple(f"animal {name}" for name in names), "have different classes"),
    ):
        changed = model.model_copy(update={"id": other, "class_names": class_names})
        services.store.put(keys.model(other), changed.encode())
        for field in ("model", "baseline_model"):
            job_id = submit_evaluation(services, **{field: other})
            run_step(job_id, "plan", services)
            end = JobEnd.decode(services.store.get(keys.end(job_id)))
            assert end.error is not None
            assert end.error.field == field
            assert words in end.error.message


def test_the_page_shows_numbers_tables_and_pictures_once_they_are_there(services: Services) -> None:
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    client = TestClient(app)
    job_id = submit_evaluation(services)
    assert "appear when all images are judged" in client.get(f"/jobs/{job_id}").text
    run_all(services, job_id)
    page = client.get(f"/jobs/{job_id}")
    assert page.status_code == 200
    for name in ("robustness", "reliability", "confusion"):
        url = f"/v1/jobs/{job_id}/artifacts/{name}.png"
        assert url in page.text
        assert client.get(url).headers["content-type"] == "image/png"
    assert "true mask (10 images)" in page.text
    assert len(client.get(f"/v1/jobs/{job_id}/results").json()["items"]) == 10


@pytest.mark.parametrize(
    ("changes", "field"), [({"model": "nothing"}, "model"), ({"baseline_model": "nothing"}, "baseline_model")]
)
def test_a_model_that_does_not_exist_is_refused_when_it_is_submitted(
    services: Services, changes: dict[str, str], field: str
) -> None:
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    document = {"kind": "evaluate", "model": "trained", "dataset": "synthetic_flowers", **changes}
    refused = TestClient(app).post("/v1/jobs", json=document)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]
