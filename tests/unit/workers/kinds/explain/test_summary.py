from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan
from jobs.results.record import ImageRecord, MethodRecord, Outcome
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from tests.services.gathered import gathered
from workers.kinds.explain.measured import Measured
from workers.kinds.explain.summary import ExplanationSummary, percentile

START = datetime(2026, 1, 1, tzinfo=UTC)


def report(*records: ImageRecord, begin_s: float = 0, end_s: float = 1) -> Report:
    return Report(
        job_id="j",
        step="shard-00000",
        attempt="a",
        worker="w",
        started_at=START + timedelta(seconds=begin_s),
        finished_at=START + timedelta(seconds=end_s),
        records=records,
    )


def summarize(*reports: Report) -> dict[str, Any]:
    spec = ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers")
    job = Job(id="j", created_at=START, spec=spec)
    plan = Plan(job_id="j", kind="explain", created_at=START, total=4, unit="images")
    named = [each.model_copy(update={"step": f"step-{number}"}) for number, each in enumerate(reports)]
    with gathered(job, plan, named) as images:
        return ExplanationSummary(reports, Measured(images, spec.methods)).document()


def image(index: int, *methods: MethodRecord) -> ImageRecord:
    return ImageRecord(image_id=f"i{index}", index=index, label=0, prediction=index % 2, methods=methods)


def ig(*flags: str, **values: float | None) -> MethodRecord:
    return MethodRecord(method="integrated_gradients", flags=flags, values=values)


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=50),
    st.sampled_from([5, 50, 95]),
)
def test_percentiles_are_those_of_numpy(values: list[float], percent: int) -> None:
    expected = float(np.percentile(values, percent))
    found = percentile(np.array(values), percent)
    assert found is not None
    assert abs(found - expected) < 1e-9


def test_images_without_integrated_gradients_have_no_delta() -> None:
    with_delta = MethodRecord(method="integrated_gradients", values={"relative_delta": -0.03})
    summary = summarize(
        report(
            ImageRecord(image_id="a", index=0, methods=(with_delta,)),
            ImageRecord(image_id="b", index=1, methods=(MethodRecord(method="gradcam"),)),
            ImageRecord(image_id="c", index=2, error="broken"),
        )
    )
    assert summary["relative_delta_max"] == 0.03
    assert summary["relative_delta_left_out"] == 0


def test_the_outcome_of_an_image_follows_from_label_and_prediction() -> None:
    assert ImageRecord(image_id="a", index=0, label=1, prediction=1).outcome is Outcome.CORRECT
    assert ImageRecord(image_id="a", index=0, label=1, prediction=2).outcome is Outcome.WRONG
    assert ImageRecord(image_id="a", index=0, prediction=2).outcome is Outcome.EXPLAINED
    assert ImageRecord(image_id="a", index=0, label=1, error="broken").outcome is Outcome.ERROR


def test_the_summary_tells_how_exact_and_how_fast() -> None:
    first = report(image(0, ig(relative_delta=0.01, evaluations=32)), image(1, ig(relative_delta=0.03)), end_s=3)
    second = report(image(2, ig("unconverged", relative_delta=0.2)), image(3, ig("non_finite")), begin_s=2, end_s=4)
    summary = summarize(first, second)
    assert summary["accuracy"] == 0.5
    assert summary["images_per_s"] == 1
    assert summary["relative_delta_p50"] == pytest.approx(0.03)
    assert summary["relative_delta_max"] == 0.2
    assert summary["relative_delta_left_out"] == 1
    assert summary["converged_share"] == 0.5
    assert summary["evaluations_p50"] == 32
    assert summary["flags"] == {"unconverged": 1, "non_finite": 1}


def test_the_summary_tells_how_exact_the_maps_are_and_which_tolerance_was_the_harder() -> None:
    by_map = ig(map_error=0.04, cancellation=300.0).model_copy(update={"harder": "map"})
    by_sum = ig(map_error=0.02, cancellation=100.0).model_copy(update={"harder": "sum"})
    older = ig(relative_delta=0.01)
    summary = summarize(report(image(0, by_map), image(1, by_sum), image(2, older)))
    assert summary["map_error_p50"] == pytest.approx(0.03)
    assert summary["map_error_images"] == 2
    assert summary["cancellation_p50"] == 200
    assert summary["harder"] == {"map": 1, "sum": 1}


def test_metrics_are_told_by_method_and_what_has_no_value_is_left_out() -> None:
    values: list[dict[str, float | None]] = [
        {"deletion_auc": 0.1, "focus": 0.5},
        {"deletion_auc": 0.3, "focus": None},
        {"focus": 0.7},
    ]
    summary = summarize(report(*(image(row, ig(**each)) for row, each in enumerate(values))))
    found = summary["metrics"]["integrated_gradients"]
    assert found["deletion_auc"] == {
        "mean": pytest.approx(0.2),
        "median": pytest.approx(0.2),
        "images": 2,
        "interval_95": (pytest.approx(0.2 - 1.2706, abs=1e-4), pytest.approx(0.2 + 1.2706, abs=1e-4)),
    }
    assert found["focus"]["images"] == 2
    assert set(found) == {"deletion_auc", "focus"}


def test_what_0_1_0_measured_of_random_parts_is_told_as_medians() -> None:
    images = [image(row, ig(spearman_random_head=value)) for row, value in enumerate((0.1, 0.2, 0.9))]
    summary = summarize(report(*images))
    assert summary["randomization"] == {"integrated_gradients": {"head": 0.2}}
    assert (summary["metrics"], summary["cascade"]) == ({}, {})


def cascaded(first: int, *values: float | None, **counted: int) -> Report:
    """A shard whose images begin at ``first``: their correlation at the first stage, and what was counted there."""
    images = (image(index, ig(spearman_cascade_1=value)) for index, value in enumerate(values, start=first))
    told = {"lowest_random_layers": ["logits"], "counted": {"integrated_gradients": [dict(counted)]}}
    return Report.model_validate({**report(*images).model_dump(), "values": {"randomization": told}})


def test_a_stage_of_the_cascade_tells_how_many_maps_it_compared_and_why_not_the_others() -> None:
    shards = cascaded(0, 0.5, None, compared=1, constant=1), cascaded(2, 0.1, None, constant=1, unconverged=1)
    (stage,) = summarize(*shards)["cascade"]["integrated_gradients"]
    assert (stage["random"], stage["lowest_layer"]) == ("the head", "logits")
    assert (stage["signed"]["mean"], stage["signed"]["images"]) == (pytest.approx(0.3), 2)
    assert (stage["left_out"], stage["unconverged"]) == ({"constant": 2}, 1)


def test_a_stage_at_which_no_map_could_be_compared_is_told_too() -> None:
    (stage,) = summarize(cascaded(0, None, randomized_constant=1))["cascade"]["integrated_gradients"]
    assert (stage["signed"], stage["left_out"]) == ({}, {"randomized_constant": 1})


def areas(index: int, of_map: float | None, of_chance: float | None, *, target: int = 0) -> ImageRecord:
    measured = ig(deletion_auc=of_map, deletion_auc_random=of_chance)
    return image(index, measured).model_copy(update={"target": target})


def test_deletion_stands_beside_that_of_the_random_map_of_the_same_images() -> None:
    summary = summarize(report(areas(0, 0.1, 0.4), areas(1, 0.3, 0.4), areas(2, None, 0.9)))
    (found,) = summary["faithfulness"]["methods"].values()
    deletion = found["all"]["deletion"]
    assert (deletion["map"]["mean"], deletion["map"]["images"]) == (pytest.approx(0.2), 2)
    assert (deletion["random"]["mean"], deletion["random"]["images"]) == (pytest.approx(0.4), 2)
    assert deletion["difference"]["mean"] == pytest.approx(-0.2)
    assert deletion["not_finite"] == 1
    assert "insertion" not in found["all"]


def test_every_class_has_its_line() -> None:
    summary = summarize(report(areas(0, 0.1, 0.4), areas(1, 0.3, 0.4), areas(2, 0.8, 0.5, target=4)))
    (found,) = summary["faithfulness"]["methods"].values()
    assert [(row["class"], row["images"], row["deletion"]["map"]["mean"]) for row in found["classes"]] == [
        (0, 2, pytest.approx(0.2)),
        (4, 1, pytest.approx(0.8)),
    ]
    assert found["classes"][1]["deletion"]["map"]["interval_95"] is None


def test_areas_of_0_1_0_have_no_random_map_beside_them() -> None:
    summary = summarize(report(image(0, ig(deletion_auc=0.2))))
    (found,) = summary["faithfulness"]["methods"].values()
    assert found["all"]["deletion"]["random"] == {}
    assert found["all"]["deletion"]["map"]["images"] == 1


def test_a_job_whose_images_all_failed_has_a_summary_too() -> None:
    failed = ImageRecord(image_id="a", index=0, error="broken")
    summary = summarize(report(failed))
    assert (summary["failed"], summary["accuracy"], summary["converged_share"]) == (1, None, None)


@pytest.mark.parametrize(
    ("names", "heatmaps"),
    [
        (["shard-00000/gradcam.npz", "shard-00000/gallery.npz", "shard-00000/features.npz"], 1),
        (["shard-00000/gallery.npz", "shard-00000/features.npz", "shard-00000/images.parquet"], 0),
    ],
)
def test_files_of_raw_maps_are_counted_and_those_of_features_and_photographs_are_not(
    names: list[str], heatmaps: int
) -> None:
    files = tuple(Artifact(name=name, key=f"jobs/j/attempts/{name}", size=1, sha256="0" * 64) for name in names)
    found = summarize(report(image(0)).model_copy(update={"artifacts": files}))
    assert found["heatmap_objects"] == heatmaps
