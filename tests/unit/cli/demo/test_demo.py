from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.demo.recipe import IMAGES_EXPLAINED, REAL, SYNTHETIC, choose_recipe
from cli.demo.run_jobs import run_jobs
from cli.demo.summary import require_success, summarize_demo
from cli.display.progress_display import NoDisplay
from cli.errors import DemoFailed, StackFailed
from florescope.client import Client
from florescope.job_view import JobView, read_job
from jobs.specs.spec import spec_adapter

TRAINED = {"train_images": 1020, "test_images": 4149, "test_accuracy": 0.78, "backbone": "MobileNetV2"}
EXPLAINED = {"explained": 64, "relative_delta_p50": 0.02, "relative_delta_p95": 0.04, "heatmap_objects": 256}


def _job(api: Any, **changes: Any) -> JobView:
    return read_job(dict(api.views[0], **changes))


def _summary(api: Any, trained: dict[str, Any], explained: dict[str, Any], **ended: Any) -> None:
    train = _job(api, kind="train", summary=trained, spec={"dataset": "d"}, **ended)
    explain = _job(api, summary=explained)
    summary = summarize_demo(train, explain, wall_s=1.0, store_url="file:///store")
    require_success(summary, (train, explain), images=64)


@pytest.mark.parametrize("recipe", [SYNTHETIC, REAL])
def test_both_recipes_are_specifications_that_the_api_takes(recipe: Any) -> None:
    spec_adapter.validate_python(dict(recipe.train))
    spec = spec_adapter.validate_python({**recipe.explain, "model": "job:j1"})
    assert spec.split == f"test[0:{IMAGES_EXPLAINED}]"  # type: ignore[union-attr]


def test_real_flowers_are_used_where_they_are(tmp_path: Path) -> None:
    assert choose_recipe(None) is SYNTHETIC
    assert choose_recipe(tmp_path) is SYNTHETIC
    (tmp_path / "oxford_flowers102").mkdir()
    assert choose_recipe(tmp_path) is REAL


def test_a_whole_demo_is_a_success(api: Any) -> None:
    _summary(api, TRAINED, EXPLAINED)


@pytest.mark.parametrize(
    ("trained", "explained", "ended", "fault"),
    [
        ({**TRAINED, "test_accuracy": None}, EXPLAINED, {}, "no test_accuracy"),
        (TRAINED, {**EXPLAINED, "relative_delta_p95": None}, {}, "no ig_relative_delta_p95"),
        (TRAINED, {**EXPLAINED, "explained": 63}, {}, "63 images were explained, not 64"),
        (TRAINED, {**EXPLAINED, "heatmap_objects": 0}, {}, "no heatmap"),
        (TRAINED, EXPLAINED, {"state": "failed", "error": {"message": "boom"}}, "failed: boom"),
        (TRAINED, EXPLAINED, {"state": "completed_with_errors"}, "completed_with_errors"),
    ],
)
def test_anything_missing_is_a_failure_that_says_what(
    api: Any, trained: dict[str, Any], explained: dict[str, Any], ended: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DemoFailed, match=fault):
        _summary(api, trained, explained, **ended)


def test_the_explanation_names_the_training_job(api: Any, client: Client) -> None:
    run_jobs(client, SYNTHETIC, display=NoDisplay(), check=lambda: None, within_s=30)
    assert [spec["kind"] for spec in api.specs] == ["train", "explain"]
    assert api.specs[1]["model"] == "job:j1"


def test_jobs_that_hang_end_the_demo(api: Any, client: Client) -> None:
    api.views = [dict(api.views[0], state="running")]
    with pytest.raises(DemoFailed, match="running and running"):
        run_jobs(client, SYNTHETIC, display=NoDisplay(), check=lambda: None, within_s=0)


def test_a_dead_service_ends_the_demo(client: Client) -> None:
    def dead() -> None:
        raise StackFailed("worker ended")

    with pytest.raises(StackFailed, match="worker ended"):
        run_jobs(client, SYNTHETIC, display=NoDisplay(), check=dead, within_s=30)
