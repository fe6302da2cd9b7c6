"""What a job asks of its model, its score, reaches the maps and is told wherever they are."""

from __future__ import annotations

import io

import pyarrow.parquet as pq

from jobs import keys
from jobs.job import JobEnd
from jobs.results.manifest import Manifest
from jobs.results.record import ImageRecord, Outcome
from jobs.state import JobState
from ml.data.datasets import describe
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST = "shard-00000"
CLASSES = describe("synthetic_flowers").class_names


def run_all(services: Services, **changes: object) -> str:
    job_id = submit_explanation(services, split="test[0:4]", **changes)
    for step in ("plan", FIRST, "finalize"):
        run_step(job_id, step, services)
    assert end_of(services, job_id).state is JobState.SUCCEEDED, end_of(services, job_id).error
    return job_id


def end_of(services: Services, job_id: str) -> JobEnd:
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def records_of(services: Services, job_id: str) -> tuple[ImageRecord, ...]:
    return stored_report(services.store, job_id, FIRST).records


def test_a_class_by_its_name_is_what_the_maps_are_held_against(services: Services) -> None:
    job_id = run_all(services, score=f"against:{CLASSES[3]}", target=1, contrast="none")
    maps = [found for record in records_of(services, job_id) for found in record.methods]
    assert {(found.score, found.foil, found.contrast) for found in maps} == {("against:3", 3, False)}
    table = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "results.parquet"))))
    assert set(table.column("foil_name").to_pylist()) == {CLASSES[3]}
    question = f"why class 1 rather than {CLASSES[3]}"
    summary = end_of(services, job_id).summary
    assert summary is not None
    assert (summary["score"], summary["question"]) == (f"against:{CLASSES[3]}", question)
    assert Manifest.decode(services.store.get(keys.manifest(job_id))).question == question
    page = services.store.get(keys.file(job_id, "report.html")).decode()
    assert f"The maps say {question}." in page
    assert f"why {CLASSES[1]} rather than {CLASSES[3]}" in page


def test_wrong_predictions_have_one_more_map_by_default_with_the_measures_that_cost_nothing(
    services: Services,
) -> None:
    job_id = run_all(services, metrics=["completeness", "deletion", "localization"])
    records = records_of(services, job_id)
    assert any(record.outcome is Outcome.WRONG for record in records)
    for record in records:
        contrast = record.method("gradcam:contrast")
        assert (contrast is not None) == (record.outcome is Outcome.WRONG)
        if contrast is not None:
            assert (contrast.score, contrast.target, contrast.foil) == ("against:true", record.prediction, record.label)
            assert contrast.overlay is not None
            assert contrast.raw_row is not None
            assert "deletion_auc" not in contrast.values
            assert "focus" in contrast.values


def test_a_randomised_model_is_asked_for_the_same_pair_of_classes(services: Services) -> None:
    job_id = run_all(services, score="against:second", metrics=["randomization"])
    for record in records_of(services, job_id):
        first = record.method("gradcam")
        assert first is not None
        assert first.foil == record.top[1].label
        assert "spearman_cascade_1" in first.values
