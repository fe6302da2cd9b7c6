"""Comparisons of what real (untrained) networks left: nothing is made up but the weights."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from jobs import keys
from ml.data.datasets import describe
from ml.models.classifier import build_classifier
from ml.models.saved_model import save_model
from tests.integration.workers.conftest import SIZE, published, submit_explanation
from tests.services.comparisons import found_by
from tests.services.evaluations import UNMASKED, put_unmasked, submit_evaluation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

STEPS = ("plan", "shard-00000", "shard-00001", "finalize")


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """With a second model, of other random weights."""
    path = tmp_path / "model.keras"
    classes = len(describe("synthetic_flowers").class_names)
    save_model(build_classifier("SmallCNN", num_classes=classes, image_size=SIZE, weights="none"), path)
    key = "jobs/other/attempts/train/one/model.keras"
    services.store.put(key, path.read_bytes())
    model = published(key, path.read_bytes()).model_copy(update={"id": "other"})
    services.store.put(keys.model("other"), model.encode())
    return services


def done(services: Services, job_id: str) -> str:
    for step in STEPS:
        run_step(job_id, step, services)
    return job_id


def test_two_evaluations_are_compared_under_each_corruption_that_both_have(services: Services) -> None:
    first = done(services, submit_evaluation(services, corruptions=["noise"], severities=[1, 5]))
    changes = {"model": "other", "corruptions": ["noise", "blur"], "severities": [5], "shard_size": 5}
    second = done(services, submit_evaluation(services, **changes))
    found = found_by(services, first=first, second=second)
    assert [(each.corruption, each.severity, each.images) for each in found.conditions] == [("noise", 5, 10)]
    expected = [corrupted_right(services, job_id, ("noise", 5)) for job_id in (first, second)]
    assert [found.conditions[0].first_accuracy, found.conditions[0].second_accuracy] == [
        np.mean(each) for each in expected
    ]
    assert found.conditions[0].fixed == int((~expected[0] & expected[1]).sum())
    assert "2 conditions of capture are those of one evaluation alone." in found.left_out


@pytest.mark.parametrize(
    ("changes", "compared"),
    [({}, ["background", "noise"]), ({"dataset": UNMASKED, "split": "all"}, ["noise"])],
)
def test_other_backgrounds_are_compared_where_true_masks_tell_all_objects(
    services: Services, changes: dict[str, str], compared: list[str]
) -> None:
    put_unmasked(services)
    asked = {"corruptions": ["background", "noise"], "severities": [5], **changes}
    first, second = (
        done(services, submit_evaluation(services, model=model, **asked)) for model in ("trained", "other")
    )
    found = found_by(services, first=first, second=second)
    assert [each.corruption for each in found.conditions] == compared
    said = [sentence for sentence in found.left_out if "'background' is not compared" in sentence]
    assert len(said) == 2 - len(compared)


def corrupted_right(services: Services, job_id: str, condition: tuple[str, int]) -> np.ndarray:
    right = []
    for step in STEPS[1:3]:
        report = stored_report(services.store, job_id, step)
        key = next(file.key for file in report.artifacts if file.name.endswith("judgements.npz"))
        with np.load(io.BytesIO(services.store.get(key))) as file:
            row = list(zip(file["corruptions"], file["severities"], strict=True)).index(condition)
            right.append(file["corrupted_predictions"][row] == file["labels"])
    return np.concatenate(right)


def test_a_job_agrees_wholly_with_one_that_did_the_same(services: Services) -> None:
    methods = ["gradcam", "integrated_gradients"]
    asked = {"methods": methods, "ig": {"max_evaluations": 32}, "metrics": ["completeness", "deletion"]}
    first, second = (done(services, submit_explanation(services, **asked)) for _ in range(2))
    found = found_by(services, first=first, second=second)
    assert (found.changed, found.change_known) == (0, 8)
    assert found.accuracy is not None
    assert (found.accuracy.fixed, found.accuracy.broken, found.accuracy.p_value) == (0, 0, 1.0)
    assert [(each.first_method, each.same_class) for each in found.maps] == [(name, 8) for name in methods]
    assert [each.correlation.mean for each in found.maps if each.correlation] == pytest.approx([1, 1])
    assert all(each.difference == 0 for each in found.measures)
    assert {"confidence", "focus", "map_error", "deletion_auc"} <= {each.measure for each in found.measures}


def test_the_page_of_two_models_holds_the_maps_of_both(services: Services) -> None:
    first = done(services, submit_explanation(services, outputs=["raw"]))
    second = done(services, submit_explanation(services, model="other"))
    found = found_by(services, first=first, second=second)
    assert found.maps[0].correlation is not None
    assert found.least_alike
    report = stored_report(services.store, found.job_id, "compare")
    page = services.store.get(next(file.key for file in report.artifacts if file.name == "comparison.html")).decode()
    assert page.count("data:image/jpeg") >= 2 * len(found.least_alike)
    assert "95\u00a0% interval" in page
    assert "95 %" not in page
