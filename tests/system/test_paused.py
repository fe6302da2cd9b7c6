"""A paused job stands still, whatever is killed and lost meanwhile, and then each of its images is there once."""

from __future__ import annotations

import time

import pytest

from tests.services.light_explanations import image_ids, light_spec
from tests.services.light_stack import LightStack
from tests.services.stack import QUICK

pytestmark = pytest.mark.kill
IMAGES = 24
STANDS_STILL_S = 4 + 1.5 * float(QUICK["LOST_AFTER_S"])
"""Longer than a lease lasts and a lost step is given before it is enqueued again."""


def test_neither_a_killed_worker_nor_an_emptied_redis_ends_a_pause(light: LightStack) -> None:
    job_id = light.submit(**light_spec(IMAGES, image_ms=300))
    light.wait(job_id, until=lambda job: job["progress"]["done"] >= 4)
    light.http.post(f"{light.url}/v1/jobs/{job_id}:pause").raise_for_status()
    light.kill("worker")
    light.redis.empty()
    light.start("worker")
    light.wait_until_it_consumes("worker")
    done = len(light.reports(job_id))
    time.sleep(STANDS_STILL_S)
    assert len(light.reports(job_id)) == done
    assert light.job(job_id)["progress"]["message"].startswith("paused")
    light.http.post(f"{light.url}/v1/jobs/{job_id}:resume").raise_for_status()
    assert light.end(job_id)["state"] == "succeeded"
    assert sorted(light.images(job_id)) == sorted(image_ids(IMAGES))
