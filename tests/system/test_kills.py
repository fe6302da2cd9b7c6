"""What every job survives: dead children, dead workers, a Redis without memory, cut connections, twins."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from tests.services.light_explanations import light_spec
from tests.services.light_stack import LightStack
from tests.services.stack import Json
from tests.system.complete import assert_complete

pytestmark = pytest.mark.kill
IMAGES = 48
SHARD = 8


def explain(stack: LightStack, images: int = IMAGES) -> str:
    spec: dict[str, Any] = light_spec(images, shard_size=SHARD, image_ms=100)
    return stack.submit(**spec)


def in_mid_shard(job: Json) -> bool:
    done = job["progress"]["done"]
    return bool(job["state"] == "running" and done >= SHARD)


def test_a_shard_whose_child_is_killed_is_done_by_the_next(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=in_mid_shard)
    os.kill(light.busy_child(), signal.SIGKILL)
    assert_complete(light, job_id, light.end(job_id), images=IMAGES)


def test_a_shard_whose_whole_worker_is_killed_is_done_by_the_next(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=in_mid_shard)
    light.kill("worker")
    time.sleep(1)
    light.start("worker")
    assert_complete(light, job_id, light.end(job_id), images=IMAGES)


def test_a_job_outlives_a_redis_that_forgets_everything(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=in_mid_shard)
    light.redis.stop()
    time.sleep(2)
    light.redis.start()
    assert_complete(light, job_id, light.end(job_id), images=IMAGES)


def test_cut_connections_make_no_second_report(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=in_mid_shard)
    assert light.cut_connections() > 0
    assert_complete(light, job_id, light.end(job_id), images=IMAGES)
    for step in light.reports(job_id):
        attempts = list((light.store / "jobs" / job_id / "attempts" / step).iterdir())
        assert len(attempts) == 1, f"{step} was worked on {len(attempts)} times"


def test_a_worker_that_is_asked_to_leave_leaves_and_the_next_goes_on(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=in_mid_shard)
    assert light.terminate("worker", timeout_s=40) == 0
    light.start("worker")
    assert_complete(light, job_id, light.end(job_id), images=IMAGES)


def test_a_cancelled_job_ends_before_its_work_is_done_and_keeps_what_was_done(light: LightStack) -> None:
    job_id = explain(light)
    light.wait(job_id, until=lambda job: job["progress"]["done"] >= 2 * SHARD)
    light.cancel(job_id)
    job = light.end(job_id)
    assert job["state"] == "cancelled"
    manifest = light.stored(job_id, "manifest.json")
    assert not manifest["complete"]
    assert SHARD <= len(light.images(job_id)) < IMAGES


def test_a_small_job_does_not_wait_for_a_large_one(light: LightStack) -> None:
    large = explain(light, images=320)
    light.wait(large, until=in_mid_shard)
    done_before = len(light.reports(large))
    small = explain(light, images=SHARD)
    light.end(small)
    assert len(light.reports(large)) - done_before <= 3
    light.cancel(large)
    light.end(large)
