"""Measures how much work is done again while workers come and go, by SIGTERM and SIGKILL in turn.

All processes are real but for the work: an image takes a second of sleep, so that figures do not depend on the machine.
A worker that is told to stop keeps the images that it has finished. One that is killed loses those since it last kept
some, ten seconds of work at most.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from store.open_store import open_store
from tests.services.light_explanations import image_ids, light_spec, publish_light_model
from tests.services.light_stack import LightStack
from tests.services.redis_server import redis_server
from tests.services.stack import TERMINAL

WORKERS = ("worker", "worker-2", "worker-3", "worker-4")
JOBS, IMAGES, IMAGE_MS = 3, 200, 1000
SHORT, LONG = 10, 40
"""Images of a shard, and seconds of work; ``LONG`` is what planning aims at for real ones."""
ENDS_EVERY_S = 20.0
LIMIT_S = 1800.0
SETTINGS = {"FLORESCOPE_LEASE_TTL_S": "30", "FLORESCOPE_RECONCILE_EVERY_S": "2"}
"""Those of an installation, not those of tests."""


def measure(folder: Path, *, shard: int) -> Mapping[str, float]:
    """Run three jobs to their end; how much was worked on again."""
    with redis_server(folder) as server:
        stack = LightStack(folder, server, SETTINGS)
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(("api", "light", "finalize", "beat", *WORKERS)):
            began = time.monotonic()
            job_ids = [stack.submit(**light_spec(IMAGES, shard_size=shard, image_ms=IMAGE_MS)) for _ in range(JOBS)]
            ends = churn(stack, job_ids)
            lasted = round(time.monotonic() - began, 1)
        worked = sum(images_worked_on(stack.store, job_id) for job_id in job_ids)
        lost = sum(not whole(stack, job_id) for job_id in job_ids)
    found = {
        "lost_work": round(lost_share(worked, JOBS * IMAGES), 3),
        "jobs_lost": lost,
        "ends": ends,
        "lasted_s": lasted,
    }
    return {f"churn{'' if shard == SHORT else f'_{shard}s'}_{name}": value for name, value in found.items()}


def churn(stack: LightStack, job_ids: list[str]) -> int:
    """End one worker after another, and start another in its place, until all jobs are over; returns how many."""
    victims, deadline, next_at, ends = cycle(WORKERS), time.monotonic() + LIMIT_S, time.monotonic() + ENDS_EVERY_S, 0
    while not all(stack.job(job_id)["state"] in TERMINAL for job_id in job_ids):
        if time.monotonic() > deadline:
            break
        if time.monotonic() >= next_at:
            _replace(stack, next(victims), kindly=ends % 2 == 0)
            ends, next_at = ends + 1, next_at + ENDS_EVERY_S
        time.sleep(0.2)
    return ends


def _replace(stack: LightStack, name: str, *, kindly: bool) -> None:
    print(f"{'SIGTERM' if kindly else 'SIGKILL'} to {name}", file=sys.stderr, flush=True)
    if kindly:
        stack.terminate(name, timeout_s=60)
    else:
        stack.kill(name)
    stack.start(name)


def images_worked_on(store: Path, job_id: str) -> int:
    """Images of all attempts at all shards, each as often as it was worked on: each leaves one picture."""
    return sum(1 for _ in (store / "jobs" / job_id / "attempts").rglob("*.png"))


def lost_share(worked_on: int, images: int) -> float:
    """Work that was done again, as a share of the work that was to do."""
    return worked_on / images - 1


def whole(stack: LightStack, job_id: str) -> bool:
    """Whether a job succeeded, and each of its images stands in its results once."""
    if not (stack.store / "jobs" / job_id / "images.parquet").exists():
        return False
    end = stack.stored(job_id, "end.json")
    return end["state"] == "succeeded" and sorted(stack.images(job_id)) == sorted(image_ids(IMAGES))
