"""An audit whose worker is killed, with SIGKILL, in each of its steps finds what an undisturbed one finds."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from tests.services.stack import TERMINAL, Json, Stack
from tests.system.conftest import SMALL

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]
TRIES, LOOK_EVERY_S = 12, 0.01
DATASET, SPLIT, TRAINING = SMALL["dataset"], "test[0:90]", "train[0:60]"
MOMENTS = {
    "a shard": "looking at images, shard",
    "the training split": "looking at images, training",
    "the suspicions": "looking for what sets",
    "a confirmation": "changing pictures",
    "the data": "looking at the data",
    "the findings": "drawing up",
}
"""What an audit says of itself while it is at a step."""


@pytest.fixture(scope="module")
def explanation(stack: Stack, model: str) -> str:
    spec = {"kind": "explain", "model": model, "dataset": DATASET, "split": SPLIT, "methods": ["gradcam"]}
    job_id = stack.submit(**spec)
    assert stack.end(job_id)["state"] == "succeeded"
    return job_id


@pytest.fixture(scope="module")
def undisturbed(stack: Stack, model: str, explanation: str) -> Json:
    return findings(stack, audit(stack, model, explanation))


def audit(stack: Stack, model: str, explanation: str) -> str:
    spec: dict[str, Any] = {"kind": "audit", "model": model, "dataset": DATASET, "split": SPLIT, "shard_size": 30}
    return stack.submit(**spec, training_split=TRAINING, explanation=f"job:{explanation}")


def audits_killed_at(moments: dict[str, str], stack: Stack, model: str, explanation: str) -> list[str]:
    """Audits whose workers were killed, once at each moment; a short step may be over before anybody has seen it."""
    left, killed = dict(moments), list[str]()
    while left and len(killed) < TRIES:
        job_id = audit(stack, model, explanation)
        while (job := stack.job(job_id))["state"] not in TERMINAL:
            message = str(job["progress"]["message"])
            for moment in [moment for moment, begins in left.items() if message.startswith(begins)]:
                os.kill(stack.busy_child(), signal.SIGKILL)
                del left[moment]
            time.sleep(LOOK_EVERY_S)
        killed.append(job_id)
    assert not left, f"of {TRIES} audits, none was seen at {list(left.values())}"
    return killed


def findings(stack: Stack, job_id: str) -> Json:
    """What the audit found, without its own name."""
    job = stack.end(job_id, limit_s=600)
    assert job["state"] == "succeeded", f"{job}\n{stack.logs()}"
    found = stack.stored(job_id, "findings.json")
    del found["job_id"]
    return found


def test_audits_whose_workers_are_killed_in_every_step_find_the_same(
    whole: Stack, model: str, explanation: str, undisturbed: Json
) -> None:
    for job_id in audits_killed_at(MOMENTS, whole, model, explanation):
        assert findings(whole, job_id) == undisturbed
    assert undisturbed["findings"]
