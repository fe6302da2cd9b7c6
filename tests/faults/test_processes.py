"""Workers that are killed, or stand still for longer than their leases and then go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.onlooker import Onlooker, assert_kept
from tests.services.light_stack import FaultyStack, LightStack
from tests.services.steps_under_way import Step, committed_by, steps_of

pytestmark = pytest.mark.kill
LIMIT_S = 120.0
WORKERS = ("worker", "worker-2")


def eventually(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline, f"not within {LIMIT_S:.0f} s"
        time.sleep(0.05)


def at_work_on(job_id: str, stack: LightStack) -> tuple[str, Step]:
    """Wait until a worker is at work on a step of this job; its name, and the step."""
    found: list[tuple[str, Step]] = []

    def look() -> bool:
        found.extend((name, step) for name in WORKERS for step in stack.steps_of(name) if step[0] == job_id)
        return bool(found)

    eventually(look)
    return found[0]


def test_a_worker_that_stood_still_past_its_lease_commits_nothing(faulty: FaultyStack, onlooker: Onlooker) -> None:
    stack, job_id = faulty.stack, onlooker.submit(12, image_ms=500)
    name, under_way = at_work_on(job_id, stack)
    stack.send(signal.SIGSTOP, name)
    try:
        eventually(lambda: committed_by(under_way) in onlooker.committed)
    finally:
        stack.send(signal.SIGCONT, name)
    eventually(lambda: under_way not in steps_of(stack.folder / f"{name}.log"))
    assert_kept(onlooker)
    files = [info.key for info in faulty.store.list(f"jobs/{job_id}/attempts/{under_way[1]}/")]
    assert len({key.split("/")[4] for key in files}) == 2, "both have worked on it, and one of them counts"


def test_jobs_succeed_whoever_is_killed(faulty: FaultyStack, onlooker: Onlooker) -> None:
    stack = faulty.stack
    for service in (None, "light", "finalize", "api"):
        name, _ = at_work_on(onlooker.submit(8, image_ms=400), stack)
        victim = service or name
        assert stack.kill_child(name)
        os.kill(stack.processes[victim].pid, signal.SIGKILL)
        time.sleep(1)
        assert stack.restart_dead() == [victim]
    assert_kept(onlooker)
