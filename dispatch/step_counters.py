"""Counts attempts, failures, postponements and absences of each step in Redis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import NOW, translated

_POSTPONE = f"""{NOW}
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.6f', now + ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
_SURVIVE = """
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0) > 0 then redis.call('HINCRBY', KEYS[1], ARGV[1], -1) end
"""
_SINCE = f"""{NOW}
redis.call('HSETNX', KEYS[1], ARGV[1], string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return string.format('%.6f', now - redis.call('HGET', KEYS[1], ARGV[1]))
"""


class StepCounters:
    """Counts and notes by job and step."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._postpone = keys.client.register_script(_POSTPONE)
        self._since = keys.client.register_script(_SINCE)
        self._survive = keys.client.register_script(_SURVIVE)
        self._survived: list[tuple[str, str]] = []

    def count_attempt(self, job_id: str, step: str, *, by: int = 1) -> int:
        """Count attempts that have begun and not ended in an orderly way: so, deaths plus one."""
        self._tell_survived()
        return self._counted("attempts", job_id, step, by=by)

    def survive_attempt(self, job_id: str, step: str) -> None:
        """Count an attempt no more, since its worker lives; while Redis is away, this is remembered until the next one.

        Raises:
            BoardUnavailable: it is remembered.
        """
        self._survived.append((job_id, step))
        self._tell_survived()

    def _tell_survived(self) -> None:
        while self._survived:
            job_id, step = self._survived[-1]
            with translated(self._keys.client):
                self._survive(keys=[self._keys.of("attempts", job_id)], args=[step])
            self._survived.pop()

    def reset_attempts(self, job_id: str, step: str) -> None:
        """Count no earlier death of a step any more, since it has made progress."""
        self._noted("attempts", job_id, step, "1")
        self._noted("deaths", job_id, step, "0")

    def uncounted_deaths(self, job_id: str, step: str, deaths: int) -> int:
        """How many of a step's deaths nobody has asked for; none of them is told again."""
        if not deaths:
            return 0
        with translated(self._keys.client):
            told: Any = self._keys.client.hget(self._keys.of("deaths", job_id), step)
        self._noted("deaths", job_id, step, str(deaths))
        return max(deaths - int(told or 0), 0)

    def count_failure(self, job_id: str, step: str) -> int:
        """Count orderly failures that may pass by themselves."""
        return self._counted("failures", job_id, step, by=1)

    def postpone(self, job_id: str, step: str, *, delay_s: float) -> None:
        """Let the reconciler enqueue this step, but not before ``delay_s`` from now."""
        with translated(self._keys.client):
            self._postpone(keys=[self._keys.of("due", job_id)], args=[step, delay_s, KEPT_S])

    def due(self, job_id: str) -> dict[str, float]:
        """When (seconds since the epoch, by Redis' clock) postponed steps may be enqueued again."""
        with translated(self._keys.client):
            stored: Any = self._keys.client.hgetall(self._keys.of("due", job_id))
        return {step: float(when) for step, when in stored.items()}

    def clear_due(self, job_id: str, step: str) -> None:
        """Forget that a step was postponed: it was enqueued."""
        with translated(self._keys.client):
            self._keys.client.hdel(self._keys.of("due", job_id), step)

    def seconds_missing(self, job_id: str, step: str) -> float:
        """Seconds since this step was first found missing; starts at 0."""
        return self._seconds_since("missing", job_id, step)

    def seconds_unreadable(self, job_id: str) -> float:
        """Seconds since this job was first found to be unreadable; starts at 0."""
        return self._seconds_since("unreadable", job_id, "spec")

    def clear_missing(self, job_id: str, *steps: str) -> None:
        """Forget that these steps were missing: they were found."""
        if steps:
            with translated(self._keys.client):
                self._keys.client.hdel(self._keys.of("missing", job_id), *steps)

    def clear_all_missing(self, found: Mapping[str, Iterable[str]]) -> None:
        """These steps, by job, are not missing any more: one call for all jobs."""
        with translated(self._keys.client), self._keys.client.pipeline(transaction=False) as pipeline:
            for job_id, steps in found.items():
                pipeline.hdel(self._keys.of("missing", job_id), *steps)
            pipeline.execute()

    def _seconds_since(self, name: str, job_id: str, step: str) -> float:
        with translated(self._keys.client):
            answer: Any = self._since(keys=[self._keys.of(name, job_id)], args=[step, KEPT_S])
        return float(answer)

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
