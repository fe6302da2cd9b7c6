"""Which steps are being worked on, by anybody or by one worker, as leases and logs tell, and what commits them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import redis

from jobs import keys
from jobs.plan import FINALIZE, PLAN

LEASES = "florescope:lease:"
Step = tuple[str, str]
"""The id of a job, and the name of one of its steps."""


def committed_by(step: Step) -> str:
    """The key of the object whose writing commits a step."""
    job_id, name = step
    return {PLAN: keys.plan(job_id), FINALIZE: keys.end(job_id)}.get(name) or keys.report(job_id, name)


def steps_of(log: Path) -> set[Step]:
    """The steps that a worker is at work on, by its log."""
    open_steps: set[Step] = set()
    with suppress(FileNotFoundError):
        for line in log.read_text(errors="replace").splitlines():
            if '"event": "step_taken"' in line or '"event": "step_left"' in line:
                with suppress(ValueError):  # a line that broke off where the worker was killed
                    told = json.loads(line)
                    step = (str(told["job_id"]), str(told["step"]))
                    (open_steps.add if told["event"] == "step_taken" else open_steps.discard)(step)
    return open_steps


def leased(client: redis.Redis) -> set[Step]:
    """The steps that anybody is at work on, by their leases."""
    found: set[Step] = set()
    with suppress(redis.RedisError):
        for key in client.scan_iter(f"{LEASES}*", count=1000):
            job_id, _, step = str(key).removeprefix(LEASES).partition(":")
            found.add((job_id, step))
    return found
