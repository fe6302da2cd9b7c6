"""A paused job stands still, whatever is killed and lost meanwhile, and then each of its images is there once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from store.open_store import open_store
from tests.services.light_explanations import image_ids, light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.redis_server import redis_server

pytestmark = pytest.mark.kill
IMAGES = 40
SERVICES = ("api", "light", "finalize", "beat", "worker")
STANDS_STILL_S = 12.0
"""Longer than a lost step is given before it is enqueued again."""


def test_neither_a_killed_worker_nor_an_emptied_redis_ends_a_pause(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        stack = LightStack(tmp_path, server)
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(SERVICES):
            job_id = stack.submit(**light_spec(IMAGES, image_ms=300))
            stack.wait(job_id, until=lambda job: job["progress"]["done"] >= 4)
            stack.http.post(f"{stack.url}/v1/jobs/{job_id}:pause").raise_for_status()
            stack.kill("worker")
            server.empty()
            stack.start("worker")
            done = len(stack.reports(job_id))
            time.sleep(STANDS_STILL_S)
            assert len(stack.reports(job_id)) == done
            assert stack.job(job_id)["progress"]["message"].startswith("paused")
            stack.http.post(f"{stack.url}/v1/jobs/{job_id}:resume").raise_for_status()
            assert stack.end(job_id)["state"] == "succeeded"
            assert sorted(stack.images(job_id)) == sorted(image_ids(IMAGES))
