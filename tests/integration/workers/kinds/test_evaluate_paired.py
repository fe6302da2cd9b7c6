"""An evaluation beside another measurement of the same images: by several views, and by an earlier evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.specs.spec import spec_adapter
from ml.models.classifier import build_classifier, feature_layer_name
from ml.models.saved_model import save_model
from tests.integration.workers.conftest import SIZE, published
from tests.services.evaluations import UNMASKED, metrics_of, put_unmasked, run_all, submit_evaluation
from tests.services.gathered import outcomes
from workers.lifecycle.run_step import run_step
from workers.step.services import Services


def evaluated(services: Services, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The id of an evaluation, and its summary."""
    job_id = submit_evaluation(services, **changes)
    end = run_all(services, job_id)
    assert end.summary is not None, end.error
    return job_id, end.summary


def publish_another(services: Services, tmp_path: Any) -> None:
    """Another untrained network, as model ``other``."""
    tf.keras.utils.set_random_seed(7)
    path = tmp_path / "other.keras"
    classes = len(published("", b"").class_names)
    save_model(build_classifier("SmallCNN", num_classes=classes, image_size=SIZE, weights="none"), path)
    data = path.read_bytes()
    services.store.put("other.keras", data)
    model = published("other.keras", data).model_copy(
        update={"id": "other", "feature_layer": feature_layer_name("SmallCNN")}
    )
    services.store.put(keys.model("other"), model.encode())


def test_views_are_counted_beside_what_one_view_gives_which_stays(services: Services) -> None:
    plain_id, plain = evaluated(services, corruptions=[])
    job_id, summary = evaluated(services, corruptions=[], views=["flip", "scales"])
    assert outcomes(services.store, job_id) == outcomes(services.store, plain_id)
    assert summary["accuracy"] == plain["accuracy"] == summary["by_views"]["first_accuracy"]
    by_views = summary["by_views"]
    assert by_views["images"] == 10
    assert by_views["both"] + by_views["broken"] == summary["accuracy"] * 10
    assert by_views["difference"] == pytest.approx(by_views["second_accuracy"] - by_views["first_accuracy"])
    assert by_views["loss"] != summary["loss"]
    assert metrics_of(services, job_id)["by_views"] == by_views
    assert "by_views" not in plain


def test_views_hang_neither_on_batches_nor_on_shards(services: Services) -> None:
    _, one = evaluated(services, corruptions=[], views=["flip"])
    other = submit_evaluation(services, corruptions=[], views=["flip"], batch_size=3, shard_size=10)
    for step in ("plan", "shard-00000", "finalize"):
        run_step(other, step, services)
    summary = JobEnd.decode(services.store.get(keys.end(other))).summary
    assert summary is not None
    assert summary["by_views"].pop("loss") == pytest.approx(one["by_views"].pop("loss"), rel=1e-5)
    assert summary["by_views"] == one["by_views"]


def test_an_earlier_evaluation_is_compared_with_image_by_image(services: Services, tmp_path: Any) -> None:
    publish_another(services, tmp_path)
    earlier_id, earlier = evaluated(services)
    job_id, summary = evaluated(services, model="other", compared_with=earlier_id)
    first, second = (
        np.array([right == "correct" for _, right in sorted(outcomes(services.store, each).items())])
        for each in (earlier_id, job_id)
    )
    change = summary["compared_with"]
    assert change["job_id"] == earlier_id
    assert (change["fixed"], change["broken"]) == (int((second & ~first).sum()), int((first & ~second).sum()))
    assert change["first_accuracy"] == pytest.approx(earlier["accuracy"])
    assert change["second_accuracy"] == pytest.approx(summary["accuracy"])
    page = TestClient(create_app(store=services.store, board=services.board, queue=services.queue)).get(
        f"/jobs/{job_id}"
    )
    assert f"{change['fixed']} are mended, {change['broken']} broken" in page.text


def test_errors_are_divided_by_those_of_an_earlier_evaluation_under_the_same_corruptions_alone(
    services: Services,
) -> None:
    earlier_id, _ = evaluated(services)
    _, same = evaluated(services, compared_with=earlier_id)
    assert same["compared_with"]["mean_corruption_error"] == pytest.approx(1)
    over = {"rotation": [1, 5], "background": [1, 5], "noise": [1, 5]}
    assert same["compared_with"]["mean_corruption_error_over"] == over
    _, other_draws = evaluated(services, compared_with=earlier_id, seed=1)
    assert other_draws["compared_with"]["mean_corruption_error"] is None
    assert other_draws["compared_with"]["mean_corruption_error_over"] == {}


def test_errors_are_divided_under_the_conditions_that_both_have(services: Services, tmp_path: Any) -> None:
    publish_another(services, tmp_path)
    earlier_id, _ = evaluated(services, corruptions=["noise", "blur"], severities=[1, 3, 5])
    job_id, summary = evaluated(
        services, model="other", corruptions=["rotation", "noise"], severities=[5, 1], compared_with=earlier_id
    )
    assert summary["compared_with"]["mean_corruption_error_over"] == {"noise": [1, 5]}
    ours, theirs = (
        sum(1 - each["accuracy"] for each in noise["severities"] if each["severity"] in {1, 5})
        for noise in (metrics_of(services, each)["robustness"]["corruptions"]["noise"] for each in (job_id, earlier_id))
    )
    assert summary["compared_with"]["mean_corruption_error"] == pytest.approx(ours / theirs)


def test_errors_before_other_backgrounds_are_left_out_where_the_objects_were_told_by_models(
    services: Services,
) -> None:
    put_unmasked(services)
    asked = {"dataset": UNMASKED, "split": "all"}
    earlier_id, _ = evaluated(services, **asked)
    job_id, summary = evaluated(services, **asked, compared_with=earlier_id)
    assert summary["compared_with"]["images"] == 10
    assert summary["compared_with"]["mean_corruption_error"] == pytest.approx(1)
    assert summary["compared_with"]["mean_corruption_error_over"] == {"rotation": [1, 5], "noise": [1, 5]}
    page = TestClient(create_app(store=services.store, board=services.board, queue=services.queue)).get(
        f"/jobs/{job_id}"
    )
    assert "mean over rotation, noise" in page.text
    _, alone = evaluated(services, **asked, corruptions=["background"], compared_with=earlier_id)
    assert alone["compared_with"]["mean_corruption_error"] is None


def test_errors_are_not_divided_where_an_image_failed_in_one_of_the_two(services: Services) -> None:
    first = put_unmasked(services)[0]
    asked = {"dataset": UNMASKED, "split": "all", "corruptions": ["noise"], "max_failure_rate": 0.5}
    picture = services.store.get(first)
    services.store.put(first, b"broken")
    earlier_id, _ = evaluated(services, **asked)
    services.store.put(first, picture)
    _, summary = evaluated(services, **asked, compared_with=earlier_id)
    assert (summary["images"], summary["compared_with"]["images"]) == (10, 9)
    assert summary["compared_with"]["mean_corruption_error"] is None


def test_an_earlier_evaluation_that_was_removed_meanwhile_fails_nothing(services: Services) -> None:
    earlier_id, _ = evaluated(services, corruptions=[])
    job_id = submit_evaluation(services, corruptions=[], compared_with=earlier_id)
    run_step(job_id, "plan", services)
    for info in list(services.store.list(keys.job(earlier_id))):
        services.store.delete(info.key)
    for step in ("shard-00000", "shard-00001", "finalize"):
        run_step(job_id, step, services)
    summary = JobEnd.decode(services.store.get(keys.end(job_id))).summary
    assert summary is not None
    assert earlier_id in summary["compared_with"]["left_out"]


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        (
            {"kind": "explain", "model": "trained", "dataset": "synthetic_flowers", "methods": ["gradcam"]},
            "name an evaluation",
        ),
        ({"kind": "evaluate", "model": "trained", "dataset": "oxford_flowers102"}, "of data set 'oxford_flowers102'"),
        (
            {"kind": "evaluate", "model": "trained", "dataset": "synthetic_flowers", "label": "species"},
            "by label 'species', this one is by label None",
        ),
    ],
)
def test_only_an_evaluation_of_the_same_data_set_and_label_can_be_compared_with(
    services: Services, earlier: dict[str, Any], words: str
) -> None:
    named = submit(
        spec_adapter.validate_python(earlier), store=services.store, board=services.board, queue=services.queue
    )
    document = {"kind": "evaluate", "model": "trained", "dataset": "synthetic_flowers", "compared_with": named.job.id}
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    refused = TestClient(app).post("/v1/jobs", json=document)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == "compared_with"
    assert words in error["message"]


def test_a_view_of_another_name_is_refused(services: Services) -> None:
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    document = {"kind": "evaluate", "model": "trained", "dataset": "synthetic_flowers", "views": ["upside_down"]}
    refused = TestClient(app).post("/v1/jobs", json=document)
    assert refused.status_code == 422
    assert "'flip' or 'scales'" in refused.text
