"""The live board: what is going on right now. Best effort; all of it can be rebuilt from the object store."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import redis

from dispatch.lease import KEYS as LEASE_KEYS
from dispatch.names import QUEUES
from dispatch.redis_client import translated
from jobs.errors import Corrupt
from jobs.job import Snapshot

# A worker is counted as live for so long after its last sign of life.
WORKER_TTL_S = 15.0
_KEPT_S = 7 * 24 * 3600
_SCANNED_AT_ONCE = 1000


class Board:
    """Snapshots, counts, stop flags, attempts and live workers, on Redis."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def _key(self, name: str, job_id: str) -> str:
        return f"{self._prefix}{name}:{job_id}"

    def ping(self) -> None:
        """Prove that Redis answers.

        Raises:
            BoardUnavailable: it does not; the message says where it was looked for.
        """
        with translated(self._client):
            self._client.ping()

    def snapshot(self, job_id: str) -> Snapshot | None:
        """The live view of a job, or None where there is none."""
        return self.snapshots([job_id]).get(job_id)

    def snapshots(self, job_ids: Iterable[str]) -> dict[str, Snapshot]:
        """The live views of those jobs that have one."""
        wanted = list(job_ids)
        if not wanted:
            return {}
        with translated(self._client):
            texts: Any = self._client.mget([self._key("snapshot", job_id) for job_id in wanted])
        found = {}
        for job_id, text in zip(wanted, texts, strict=True):
            try:
                if text is not None:
                    found[job_id] = Snapshot.decode(text.encode())
            except Corrupt:
                continue  # another version wrote it; the next one will be readable
        return found

    def publish(self, snapshot: Snapshot) -> None:
        """Show this live view from now on."""
        with translated(self._client):
            self._client.set(self._key("snapshot", snapshot.job_id), snapshot.model_dump_json(), ex=_KEPT_S)

    def note_count(self, job_id: str, step: str, *, done: float, failed: int) -> tuple[float, int]:
        """Note how far a step is, and return done and failed over all steps of the job."""
        key = self._key("counts", job_id)
        with translated(self._client), self._client.pipeline() as pipeline:
            pipeline.hset(key, step, f"{done}/{failed}")
            pipeline.hvals(key)
            pipeline.expire(key, _KEPT_S)
            values: list[str] = pipeline.execute()[1]
        pairs = [value.split("/") for value in values]
        return sum(float(pair[0]) for pair in pairs), sum(int(pair[1]) for pair in pairs)

    def stop(self, job_id: str) -> None:
        """Ask everybody who works on this job to stop at the next chance."""
        with translated(self._client):
            self._client.set(self._key("stop", job_id), "1", ex=_KEPT_S)

    def stopped(self, job_id: str) -> bool:
        """Whether ``stop`` was asked for."""
        with translated(self._client):
            return bool(self._client.exists(self._key("stop", job_id)))

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
        """Let the reconciler ring this step's bell, but not before ``delay_s`` from now."""
        self._noted("due", job_id, step, repr(time.time() + delay_s))

    def due(self, job_id: str) -> dict[str, float]:
        """When (seconds since the epoch) postponed steps may be rung again."""
        with translated(self._client):
            stored: Any = self._client.hgetall(self._key("due", job_id))
        return {step: float(when) for step, when in stored.items()}

    def undue(self, job_id: str, step: str) -> None:
        """The bell was rung."""
        with translated(self._client):
            self._client.hdel(self._key("due", job_id), step)

    def missing_for_s(self, job_id: str, step: str) -> float:
        """Seconds since this step was first found missing; starts at 0."""
        key, now = self._key("missing", job_id), time.time()
        with translated(self._client), self._client.pipeline() as pipeline:
            pipeline.hsetnx(key, step, repr(now))
            pipeline.expire(key, _KEPT_S)
            pipeline.hget(key, step)
            since: Any = pipeline.execute()[-1]
        return now - float(since or now)

    def found(self, job_id: str, *steps: str) -> None:
        """These steps are not missing (any more)."""
        if steps:
            with translated(self._client):
                self._client.hdel(self._key("missing", job_id), *steps)

    def _noted(self, name: str, job_id: str, step: str, value: str) -> None:
        """Note a fact of a step; see ``_counted``."""
        key = self._key(name, job_id)
        with translated(self._client), self._client.pipeline() as pipeline:
            pipeline.hset(key, step, value)
            pipeline.expire(key, _KEPT_S)
            pipeline.execute()

    def _counted(self, name: str, job_id: str, step: str, *, by: int) -> int:
        """Add to a number of a step; it expires, since a worker may still count when the job is over and forgotten."""
        key = self._key(name, job_id)
        with translated(self._client), self._client.pipeline() as pipeline:
            pipeline.hincrby(key, step, by)
            pipeline.expire(key, _KEPT_S)
            return int(pipeline.execute()[0])

    def announce_worker(self, name: str) -> None:
        """A compute worker is alive."""
        key = f"{self._prefix}workers"
        with translated(self._client):
            self._client.zadd(key, {name: time.time()})
            self._client.zremrangebyscore(key, 0, time.time() - WORKER_TTL_S)

    def live_workers(self) -> int:
        """Compute workers that gave a sign of life lately."""
        with translated(self._client):
            return int(self._client.zcount(f"{self._prefix}workers", time.time() - WORKER_TTL_S, "+inf"))

    def queue_lengths(self) -> dict[str, int]:
        """How many messages lie in each queue."""
        with translated(self._client), self._client.pipeline() as pipeline:
            for queue in QUEUES:
                pipeline.llen(queue)
            return dict(zip(QUEUES, pipeline.execute(), strict=True))

    def leased_steps(self) -> int:
        """How many steps somebody works on."""
        with translated(self._client):
            return len(set(self._client.scan_iter(f"{self._prefix}{LEASE_KEYS}*", count=_SCANNED_AT_ONCE)))

    def note_rate(self, work: str, per_s: float) -> None:
        """A worker did so many units of this work per second."""
        with translated(self._client):
            self._client.set(self._key("rate", work), repr(per_s), ex=_KEPT_S)

    def rate(self, work: str) -> float | None:
        """Units per second when this work was last done, or None."""
        with translated(self._client):
            text: Any = self._client.get(self._key("rate", work))
        return None if text is None else float(text)

    def forget(self, job_id: str) -> None:
        """Remove all traces of a job that is over, but for the stop flag that late workers must see."""
        names = ("snapshot", "counts", "attempts", "failures", "due", "missing")
        with translated(self._client):
            self._client.delete(*(self._key(name, job_id) for name in names))
