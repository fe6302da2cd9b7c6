"""Keeps the live board in Redis: what is going on right now. All of it can be rebuilt from the object store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis

from dispatch.identity.quota_book import QuotaBook
from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.job_looks import JobLooks
from dispatch.lease import KEYS as LEASE_KEYS
from dispatch.live_log import LiveLog
from dispatch.live_progress import LiveProgress
from dispatch.live_workers import LiveWorkers
from dispatch.metrics.live_metrics import LiveMetrics
from dispatch.names import QUEUES
from dispatch.redis_client import translated
from dispatch.rounds import Rounds
from dispatch.signs import Signs
from dispatch.step_counters import StepCounters
from dispatch.turns.lines import Lines
from dispatch.turns.live_turns import LiveTurns
from dispatch.turns.shared_rules import SharedRules
from jobs.live.at_work import StepSign, WorkerSign

PROBE_S = 10
STAFF_TTL_S, STEP_TTL_S = 15.0, 60.0
"""How long signs of life count. Workers give one every 5 s; steps at work give theirs when they renew their leases,
which some installations make long."""
_SCANNED_AT_ONCE = 1000
_OF_A_JOB = (
    "snapshot", "counts", "uncounted", "attempts", "deaths", "failures", "due", "missing", "unreadable", "first_shard",
)  # fmt: skip


@dataclass(frozen=True)
class Memory:
    """Of Redis: bytes in use, and how many it may use; 0 where it has no bound."""

    used_bytes: int
    limit_bytes: int


class Board:
    """Progress, counters, workers, rounds and logs, each a part of its own, and what concerns all of a job."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._keys = JobKeys(client, prefix)
        self.progress = LiveProgress(self._keys)
        self.counters = StepCounters(self._keys)
        self.workers = LiveWorkers(self._keys)
        self.looks = JobLooks(self._keys)
        self.rounds = Rounds(self._keys)
        self.log = LiveLog(self._keys)
        self.quotas = QuotaBook(self._keys)
        self.metrics = LiveMetrics(self._keys)
        self.turns = LiveTurns(self._keys)
        self.rules = SharedRules(self._keys)
        self.lines = Lines(self._keys)
        self.staff = Signs(self._keys, "staff", WorkerSign, ttl_s=STAFF_TTL_S)
        self.at_work = Signs(self._keys, "at_work", StepSign, ttl_s=STEP_TTL_S)

    def ping(self) -> None:
        """Prove that Redis takes writes: one that only answers cannot take jobs.

        Raises:
            BoardUnavailable: it does not; the message says where it was looked for.
        """
        with translated(self._keys.client):
            self._keys.client.set(f"{self._keys.prefix}probe", "1", ex=PROBE_S)

    def time_s(self) -> float:
        """Seconds since the epoch by Redis' clock, by which all hosts go."""
        with translated(self._keys.client):
            seconds, micros = self._keys.client.time()
        return float(seconds) + float(micros) / 1e6

    def now(self) -> datetime:
        """The time by Redis' clock, in UTC."""
        return datetime.fromtimestamp(self.time_s(), UTC)

    def stop(self, job_id: str) -> None:
        """Ask everybody who works on this job to stop at the next chance."""
        with translated(self._keys.client):
            self._keys.client.set(self._keys.of("stop", job_id), "1", ex=KEPT_S)
        self.lines.forget(job_id)

    def stopped(self, job_id: str) -> bool:
        """Whether ``stop`` was asked for."""
        with translated(self._keys.client):
            return bool(self._keys.client.exists(self._keys.of("stop", job_id)))

    def queue_lengths(self) -> dict[str, int]:
        """How many messages lie in each queue."""
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            for queue in QUEUES:
                pipeline.llen(queue)
            return dict(zip(QUEUES, pipeline.execute(), strict=True))

    def leased_steps(self) -> int:
        """How many steps somebody works on."""
        with translated(self._keys.client):
            return len(set(self._keys.client.scan_iter(f"{self._keys.prefix}{LEASE_KEYS}*", count=_SCANNED_AT_ONCE)))

    def memory(self) -> Memory:
        """How full Redis is."""
        with translated(self._keys.client):
            told: Any = self._keys.client.info("memory")
        return Memory(used_bytes=int(told["used_memory"]), limit_bytes=int(told.get("maxmemory", 0)))

    def forget(self, job_id: str) -> None:
        """Remove all traces of a job that is over, but for the stop flag that late workers must see."""
        with translated(self._keys.client):
            self._keys.client.delete(*(self._keys.of(name, job_id) for name in _OF_A_JOB))
        self.turns.forget(job_id)
        self.lines.forget(job_id)
