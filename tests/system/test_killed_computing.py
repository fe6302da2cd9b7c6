"""What a network learns and explains survives the death of the child that computes it, and of the whole worker."""

from __future__ import annotations

import os
import signal

import pytest

from tests.services.stack import Json, Stack
from tests.system.complete import assert_complete
from tests.system.conftest import SMALL

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]
IMAGES, SHARD, EPOCHS = 64, 16, 12


def test_a_shard_whose_child_is_killed_is_done_by_the_next(whole: Stack, model: str) -> None:
    images = {"dataset": "synthetic_flowers", "split": f"test[0:{IMAGES}]", "shard_size": SHARD}
    job_id = whole.submit(kind="explain", model=model, **images, ig={"tolerance": 0.001, "max_evaluations": 256})
    whole.wait(job_id, until=lambda job: job["state"] == "running" and job["progress"]["done"] >= SHARD)
    os.kill(whole.busy_child(), signal.SIGKILL)
    assert_complete(whole, job_id, whole.end(job_id), images=IMAGES)


def test_training_goes_on_from_its_last_epoch_whoever_is_killed(whole: Stack) -> None:
    job_id = whole.submit(**{**SMALL, "epochs": EPOCHS})
    before: list[Json] = []
    for victim in ("child", "worker"):
        wait_for_an_epoch(whole, job_id, after=before)
        if victim == "child":
            os.kill(whole.busy_child(), signal.SIGKILL)
        else:
            whole.kill("worker")
            whole.start("worker")
        before.append(whole.stored(job_id, "checkpoints/train.json"))
    job = whole.end(job_id)
    assert job["state"] == "succeeded", whole.logs()
    report = whole.reports(job_id)["train"]
    history = report["model"]["history"]
    assert [metrics["epoch"] for metrics in history] == list(range(1, EPOCHS + 1))
    for each in before:
        assert history[: len(each["history"])] == each["history"], "finished epochs were not run again"
    assert len({report["attempt"], *(each["attempt"] for each in before)}) == 3


def wait_for_an_epoch(stack: Stack, job_id: str, *, after: list[Json]) -> None:
    """Wait until an attempt that none of these checkpoints is of has finished an epoch."""
    pointer = stack.store / "jobs" / job_id / "checkpoints" / "train.json"
    known = {each["attempt"] for each in after}

    def finished_one(_: Json) -> bool:
        return pointer.exists() and stack.stored(job_id, "checkpoints/train.json")["attempt"] not in known

    stack.wait(job_id, until=finished_one)
