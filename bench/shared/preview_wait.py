"""How long somebody waits for a preview while everything else is busy for hours."""

from __future__ import annotations

import time
from collections.abc import Mapping

from bench.shared.busy_stack import busy_stack, explanation, submit
from bench.shared.busy_worker import IMAGES
from tests.services.stack import TERMINAL, Stack

PREVIEWS, LIMIT_S = 3, 240.0
PREVIEW = {"kind": "preview", "dataset": "synthetic_flowers", "images": 16}
TRAINING = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}


def measure() -> Mapping[str, float]:
    """``preview_wait_s``: from the submission of a preview of 16 images to its end; the worst of three.

    Behind two trainings and an explanation of 100,000 images, with one worker that computes, which is at a training,
    and one that is interactive and has just started. The first preview takes ``preview_first_s``, since it loads what
    draws; the others ``preview_next_s`` at most. ``preview_begun_s`` is the longest until a worker began with one.
    """
    with busy_stack("interactive") as stack:
        jobs = [submit(stack, TRAINING), submit(stack, TRAINING)]
        jobs.append(submit(stack, explanation(IMAGES, shard_size=512, shard_ms=3000)))
        stack.wait(jobs[0], until=lambda job: job["state"] == "running", limit_s=LIMIT_S)
        stack.wait(jobs[2], until=lambda job: job["progress"]["total"] == IMAGES, limit_s=LIMIT_S)
        _wait_until_warm(stack)
        waits = [_wait(stack) for _ in range(PREVIEWS)]
        held = sum(stack.job(job_id)["state"] in TERMINAL for job_id in jobs)
    took = [whole for whole, _ in waits]
    return {
        "preview_wait_s": round(max(took), 2),
        "preview_first_s": round(took[0], 2),
        "preview_next_s": round(max(took[1:]), 2),
        "preview_begun_s": round(max(begun for _, begun in waits), 2),
        "previews": PREVIEWS,
        "busy_jobs_that_ended": held,
    }


def _wait_until_warm(stack: Stack) -> None:
    """Wait until the interactive worker has loaded TensorFlow, as it does when it starts."""
    limit = time.monotonic() + LIMIT_S
    while "child_is_warm" not in (stack.folder / "interactive.log").read_text():
        if time.monotonic() > limit:
            raise TimeoutError(f"the interactive worker does not start\n{stack.logs()}")
        time.sleep(0.5)


def _wait(stack: Stack) -> tuple[float, float]:
    """Seconds to the end of a preview, and until a worker began with it."""
    started = time.monotonic()
    job_id = submit(stack, PREVIEW)
    stack.wait(job_id, until=lambda job: job["started_at"] is not None, limit_s=LIMIT_S)
    begun = time.monotonic() - started
    job = stack.end(job_id, limit_s=LIMIT_S)
    if job["state"] != "succeeded":
        raise RuntimeError(f"the preview did not succeed: {job}")
    return time.monotonic() - started, begun
