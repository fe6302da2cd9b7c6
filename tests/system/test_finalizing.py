"""However long finalizing takes, planning and reconciling go on."""

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
