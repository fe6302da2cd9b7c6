"""However long finalizing takes, planning and reconciling go on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.services.stack import Stack

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


def test_jobs_are_planned_and_done_while_all_finalizing_stands_still(whole: Stack, model: str) -> None:
    def explain() -> str:
        images = {"dataset": "synthetic_flowers", "split": "test[0:4]", "shard_size": 4}
        return whole.submit(kind="explain", model=model, **images, metrics=["completeness", "deletion"])

    with standing_still(whole, "finalize"):
        jobs = [explain() for _ in range(JOBS)]
        for job_id in jobs:
            whole.wait(job_id, until=lambda job: job["progress"]["done"] == 4)
            assert len(whole.reports(job_id)) == 1
    for job_id in jobs:
        assert whole.end(job_id)["state"] == "succeeded"
