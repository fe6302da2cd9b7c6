"""What must survive: dead children, dead workers, a Redis without memory, cut connections, twins."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from tests.services.stack import Json, Stack
from tests.system.conftest import SMALL

pytestmark = pytest.mark.kill
IMAGES = 96
SHARD = 16
EPOCHS = 12


def explain(stack: Stack, model: str, **changes: Any) -> str:
    spec = {
        "kind": "explain",
        "model": model,
        "dataset": "synthetic_flowers",
        "split": f"test[0:{IMAGES}]",
        "shard_size": SHARD,
        "ig": {"tolerance": 0.001, "max_evaluations": 512},
    }
    return stack.submit(**{**spec, **changes})


def in_mid_shard(job: Json) -> bool:
    done = job["progress"]["done"]
    return bool(job["state"] == "running" and done >= SHARD)


def assert_complete(stack: Stack, job_id: str, job: Json, *, images: int = IMAGES) -> None:
    """Succeeded, every image once, every report as the manifest says."""
    assert job["state"] == "succeeded", f"{job}\n{stack.logs()}"
    manifest = stack.stored(job_id, "manifest.json")
    listed = stack.images(job_id)
    assert len(listed) == images
    assert len(set(listed)) == images
    reports = stack.reports(job_id)
    assert {entry["step"]: entry["attempt"] for entry in manifest["reports"]} == {
        step: report["attempt"] for step, report in reports.items()
    }
    for report in reports.values():
        for record in stack.records(report):
            for method in record["methods"]:
                assert (stack.store / method["overlay"]["key"]).stat().st_size == method["overlay"]["size"]


def test_a_shard_whose_child_is_killed_is_done_by_the_next(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=in_mid_shard)
    os.kill(whole.busy_child(), signal.SIGKILL)
    assert_complete(whole, job_id, whole.end(job_id))


def test_a_shard_whose_whole_worker_is_killed_is_done_by_the_next(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=in_mid_shard)
    whole.kill("worker")
    time.sleep(1)
    whole.start("worker")
    assert_complete(whole, job_id, whole.end(job_id))


@pytest.mark.parametrize("victim", ["child", "worker"])
def test_training_goes_on_from_its_last_epoch(whole: Stack, victim: str) -> None:
    job_id = whole.submit(**{**SMALL, "epochs": EPOCHS})
    pointer = whole.store / "jobs" / job_id / "checkpoints" / "train.json"
    whole.wait(job_id, until=lambda job: pointer.exists() and job["progress"]["done"] > 1.1)
    if victim == "child":
        os.kill(whole.busy_child(), signal.SIGKILL)
    else:
        whole.kill("worker")
        whole.start("worker")
    before = whole.stored(job_id, "checkpoints/train.json")
    job = whole.end(job_id)
    assert job["state"] == "succeeded", whole.logs()
    report = whole.reports(job_id)["train"]
    history = report["model"]["history"]
    assert [metrics["epoch"] for metrics in history] == list(range(1, EPOCHS + 1))
    assert history[: len(before["history"])] == before["history"], "finished epochs were not run again"
    assert report["attempt"] != before["attempt"]


def test_a_job_outlives_a_redis_that_forgets_everything(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=in_mid_shard)
    whole.redis.stop()
    time.sleep(2)
    whole.redis.start()
    assert_complete(whole, job_id, whole.end(job_id))


def test_cut_connections_make_no_second_report(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=in_mid_shard)
    assert whole.cut_connections() > 0
    assert_complete(whole, job_id, whole.end(job_id))
    for step in whole.reports(job_id):
        attempts = list((whole.store / "jobs" / job_id / "attempts" / step).iterdir())
        assert len(attempts) == 1, f"{step} was worked on {len(attempts)} times"


def test_a_worker_that_is_asked_to_leave_leaves_and_the_next_goes_on(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=in_mid_shard)
    assert whole.terminate("worker", timeout_s=40) == 0
    whole.start("worker")
    assert_complete(whole, job_id, whole.end(job_id))


def test_a_cancelled_job_ends_before_its_work_is_done_and_keeps_what_was_done(whole: Stack, model: str) -> None:
    job_id = explain(whole, model)
    whole.wait(job_id, until=lambda job: job["progress"]["done"] >= 2 * SHARD)
    whole.cancel(job_id)
    job = whole.end(job_id)
    assert job["state"] == "cancelled"
    manifest = whole.stored(job_id, "manifest.json")
    assert not manifest["complete"]
    assert SHARD <= len(whole.images(job_id)) < IMAGES


def test_a_small_job_does_not_wait_for_a_large_one(whole: Stack, model: str) -> None:
    large = explain(whole, model, split="test[0:320]")
    whole.wait(large, until=in_mid_shard)
    done_before = len(whole.reports(large))
    small = explain(whole, model, split=f"test[0:{SHARD}]")
    whole.end(small)
    assert len(whole.reports(large)) - done_before <= 3
    whole.cancel(large)
    whole.end(large)
