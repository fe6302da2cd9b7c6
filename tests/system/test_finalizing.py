"""However long finalizing takes, planning goes on; and however long planning takes, lost work comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.services.light_explanations import light_spec
from tests.services.light_stack import LightStack
from tests.services.stack import Json, Stack

pytestmark = pytest.mark.kill
JOBS = 4


@contextmanager
def standing_still(stack: Stack, name: str) -> Iterator[None]:
    """Have a service take its time."""
    group = stack.processes[name].pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def test_jobs_are_planned_and_done_while_all_finalizing_stands_still(light: LightStack) -> None:
    def done(job: Json) -> bool:
        return bool(job["progress"]["done"] == 4 and len(light.reports(job["id"])) == 1)

    with standing_still(light, "finalize"):
        jobs = [light.submit(**light_spec(4)) for _ in range(JOBS)]
        for job_id in jobs:
            light.wait(job_id, until=done)
    for job_id in jobs:
        assert light.end(job_id)["state"] == "succeeded"


def test_the_step_of_a_dead_worker_comes_back_while_all_planning_stands_still(light: LightStack) -> None:
    job_id = light.submit(**light_spec(8, image_ms=400))
    light.wait(job_id, until=lambda _: any(job == job_id for job, _ in light.steps_of("worker")))
    with standing_still(light, "light"):
        assert light.kill_child("worker")
        assert light.end(job_id)["state"] == "succeeded"
