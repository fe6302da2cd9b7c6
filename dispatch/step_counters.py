"""Counts attempts, failures, postponements and absences of each step in Redis."""

from __future__ import annotations

import time
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import translated


class StepCounters:
    """Counts and notes by job and step."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys

    def count_attempt(self, job_id: str, step: str, *, by: int = 1) -> int:
        """Count attempts that have begun and not ended in an orderly way: so, deaths plus one."""
        return self._counted("attempts", job_id, step, by=by)

    def reset_attempts(self, job_id: str, step: str) -> None:
        """The step made progress: earlier deaths are forgiven."""
        self._noted("attempts", job_id, step, "1")

    def count_failure(self, job_id: str, step: str) -> int:
        """Count orderly failures that may pass by themselves."""
        return self._counted("failures", job_id, step, by=1)

    def postpone(self, job_id: str, step: str, *, delay_s: float) -> None:
        """Let the reconciler enqueue this step, but not before ``delay_s`` from now."""
        self._noted("due", job_id, step, repr(time.time() + delay_s))

    def due(self, job_id: str) -> dict[str, float]:
        """When (seconds since the epoch) postponed steps may be enqueued again."""
        with translated(self._keys.client):
            stored: Any = self._keys.client.hgetall(self._keys.of("due", job_id))
        return {step: float(when) for step, when in stored.items()}

    def clear_due(self, job_id: str, step: str) -> None:
        """The step was enqueued."""
        with translated(self._keys.client):
            self._keys.client.hdel(self._keys.of("due", job_id), step)

    def seconds_missing(self, job_id: str, step: str) -> float:
        """Seconds since this step was first found missing; starts at 0."""
        key, now = self._keys.of("missing", job_id), time.time()
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.hsetnx(key, step, repr(now))
            pipeline.expire(key, KEPT_S)
            pipeline.hget(key, step)
            since: Any = pipeline.execute()[-1]
        return now - float(since or now)

    def clear_missing(self, job_id: str, *steps: str) -> None:
        """These steps are not missing (any more)."""
        if steps:
            with translated(self._keys.client):
                self._keys.client.hdel(self._keys.of("missing", job_id), *steps)

    def _noted(self, name: str, job_id: str, step: str, value: str) -> None:
        """Note a fact of a step; see ``_counted``."""
        key = self._keys.of(name, job_id)
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.hset(key, step, value)
            pipeline.expire(key, KEPT_S)
            pipeline.execute()

    def _counted(self, name: str, job_id: str, step: str, *, by: int) -> int:
        """Add to a number of a step; it expires, since a worker may still count when the job is over and forgotten."""
        key = self._keys.of(name, job_id)
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.hincrby(key, step, by)
            pipeline.expire(key, KEPT_S)
            return int(pipeline.execute()[0])
