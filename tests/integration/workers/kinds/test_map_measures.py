"""What is measured of the maps of a job, with a real network."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.results.measure import MEASURES
from jobs.results.record import ImageRecord
from jobs.sample import sample
from jobs.state import JobState
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

ONLY_IN_0_1_0 = {f"spearman_random_{name}" for name in ("head", "head_abs", "backbone", "backbone_abs")}
EVERY = ["completeness", "deletion", "insertion", "localization", "randomization"]


@dataclass(frozen=True)
class Measured:
    """The records of a job, and its summary."""

    records: list[ImageRecord]
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def everything(shared_services: Services) -> Measured:
    """What is measured of the maps of both methods for the two likeliest classes, where all is asked for."""
    return measured(shared_services, methods=["gradcam", "integrated_gradients"], metrics=EVERY, target="top:2")


def explained(services: Services, **changes: Any) -> list[ImageRecord]:
    """The records of a job that ran step by step up to its end."""
    return measured(services, **changes).records


def measured(services: Services, **changes: Any) -> Measured:
    job_id = submit_explanation(services, **changes)
    run_step(job_id, "plan", services)
    records: list[ImageRecord] = []
    for info in range(8 // changes.get("shard_size", 4)):
        step = f"shard-{info:05d}"
        assert run_step(job_id, step, services) == "committed"
        records += stored_report(services.store, job_id, step).records
    run_step(job_id, "finalize", services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert end.state is JobState.SUCCEEDED
    return Measured(records, end.summary or {})


def value_names(records: list[ImageRecord]) -> set[str]:
    return {name for record in records for method in record.methods for name in method.values}


def test_every_number_has_its_place_in_the_list_of_measures(services: Services, everything: Measured) -> None:
    few = {"max_evaluations": 32}
    noisy = explained(services, methods=["integrated_gradients"], noise={"samples": 2})
    random = explained(services, methods=["integrated_gradients"], ig={"baseline": "random:2", **few})
    assert value_names(noisy) == value_names(random) <= set(MEASURES)
    assert value_names(everything.records) | value_names(noisy) == set(MEASURES) - ONLY_IN_0_1_0


def test_the_costly_measures_are_taken_of_the_sample_whatever_the_shards(services: Services) -> None:
    chosen = sample(((0, 8),), 3)
    by_size = [
        explained(services, metrics=["deletion", "randomization"], metrics_sample=3, shard_size=size) for size in (2, 8)
    ]
    for records in by_size:
        for name in ("deletion_auc", "deletion_auc_random", "spearman_cascade_1", "spearman_cascade_5"):
            measured = {record.index for record in records if name in record.methods[0].values}
            assert measured == chosen
    deletion = [[records[index].methods[0].values["deletion_auc"] for index in sorted(chosen)] for records in by_size]
    assert deletion[0] == pytest.approx(deletion[1], rel=1e-4)


def test_the_maps_of_an_image_share_its_random_map_whatever_the_method(services: Services) -> None:
    methods, metrics = ["gradcam", "integrated_gradients"], ["deletion", "insertion"]
    both = explained(services, methods=methods, metrics=metrics, contrast="none")
    for name in ("deletion_auc_random", "insertion_auc_random"):
        found = [[method.values[name] for method in record.methods if not method.contrast] for record in both]
        assert all(first == other for first, other in found)
        assert len({first for first, _ in found}) == len(found)


def test_the_protocol_decides_the_areas(services: Services) -> None:
    ours, of_rise = (
        explained(services, metrics=["insertion"], faithfulness=protocol) for protocol in ("florescope", "rise")
    )
    for one, other in zip(ours, of_rise, strict=True):
        assert one.methods[0].values["insertion_auc"] != other.methods[0].values["insertion_auc"]


def test_the_summary_counts_every_map_that_was_compared_or_left_out(everything: Measured) -> None:
    summary = everything.summary
    assert set(summary["cascade"]) == {"gradcam", "integrated_gradients"}
    for stages in summary["cascade"].values():
        assert len(stages) == 5
        assert stages[0]["lowest_layer"] == "logits"
        for stage in stages:
            assert stage["signed"].get("images", 0) + sum(stage["left_out"].values()) == 8
    assert summary["faithfulness"]["protocol"] == "florescope"
    assert "judge the map, not the model" in summary["faithfulness"]["judges"]
    for found in summary["faithfulness"]["methods"].values():
        assert found["all"]["deletion"]["map"]["images"] == found["all"]["deletion"]["random"]["images"] == 8
        assert sum(row["images"] for row in found["classes"]) == 8


def test_what_was_not_asked_for_is_not_measured(services: Services) -> None:
    records = explained(services)
    assert {name for record in records for name in record.methods[0].values} == {"focus"}


def test_a_record_tells_the_logits_and_their_order_is_that_of_the_probabilities(services: Services) -> None:
    for record in explained(services):
        logits = [score.logit for score in record.top if score.logit is not None]
        assert len(logits) == 5
        assert logits == sorted(logits, reverse=True)
        assert record.target_logit == logits[0]


def test_a_layer_that_the_model_has_not_is_refused_by_the_first_step(services: Services) -> None:
    job_id = submit_explanation(services, layer="no_such_layer")
    run_step(job_id, "plan", services)
    run_step(job_id, "shard-00000", services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert end.error.field == "layer"
    assert "'no_such_layer'" in end.error.message


def test_the_layer_that_was_used_is_recorded(services: Services) -> None:
    records = explained(services, layer="block3_relu")
    assert {record.methods[0].layer for record in records} == {"block3_relu"}


def test_the_likeliest_classes_have_a_map_and_a_row_each(everything: Measured) -> None:
    for record in everything.records:
        named = {method.name: method for method in record.methods if not method.contrast}
        second = record.top[1].label
        assert set(named) == {
            "gradcam", "integrated_gradients", f"gradcam:{second}", f"integrated_gradients:{second}",
        }  # fmt: skip
        other = named[f"gradcam:{second}"]
        assert (other.rank, other.target, other.target_logit) == (2, second, record.top[1].logit)
        assert other.values["deletion_auc"] is not None
        assert other.values["deletion_auc_random"] is not None
        assert "spearman_cascade_1" not in other.values


def test_rows_in_the_packed_maps_lead_to_each_map(services: Services) -> None:
    job_id = submit_explanation(services, target="top:2")
    run_step(job_id, "plan", services)
    run_step(job_id, "shard-00000", services)
    report = stored_report(services.store, job_id, "shard-00000")
    (packed,) = [each for each in report.artifacts if each.name.endswith("gradcam.npz")]
    with np.load(io.BytesIO(services.store.get(packed.key))) as arrays:
        for record in report.records:
            for method in record.methods:
                assert method.raw_row is not None
                assert arrays["image_ids"][method.raw_row] == record.image_id
                assert arrays["targets"][method.raw_row] == method.target
                assert arrays["foils"][method.raw_row] == (-1 if method.foil is None else method.foil)


def test_pooled_features_of_a_shard_are_stored_by_the_ids_of_its_images(services: Services) -> None:
    job_id = submit_explanation(services)
    run_step(job_id, "plan", services)
    run_step(job_id, "shard-00000", services)
    report = stored_report(services.store, job_id, "shard-00000")
    (packed,) = [each for each in report.artifacts if each.name == "shard-00000/features.npz"]
    with np.load(io.BytesIO(services.store.get(packed.key))) as arrays:
        assert arrays["image_ids"].tolist() == [record.image_id for record in report.records]
        assert arrays["features"].dtype == np.float16
        assert arrays["features"].any()


def test_noise_and_random_baselines_reach_the_explainer(services: Services) -> None:
    chosen = {"noise": {"samples": 2, "stddev": 0.1}, "ig": {"baseline": "random:2"}}
    records = explained(services, methods=["integrated_gradients"], **chosen)
    plain = explained(services, methods=["integrated_gradients"])
    for record, other in zip(records, plain, strict=True):
        assert record.methods[0].baseline == "random:2"
        assert (record.methods[0].values["evaluations"] or 0) > 2 * (other.methods[0].values["evaluations"] or 0)
