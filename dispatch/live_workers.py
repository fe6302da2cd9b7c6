"""Keeps in Redis which compute workers are alive, and how fast they were."""

from __future__ import annotations

import time
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import translated

# A worker is counted as live for so long after its last sign of life.
WORKER_TTL_S = 15.0


class LiveWorkers:
    """Signs of life and rates of compute workers."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys

    def announce(self, name: str) -> None:
        """A compute worker is alive."""
        key = f"{self._keys.prefix}workers"
        with translated(self._keys.client):
            self._keys.client.zadd(key, {name: time.time()})
            self._keys.client.zremrangebyscore(key, 0, time.time() - WORKER_TTL_S)

    def count(self) -> int:
        """Compute workers that gave a sign of life lately."""
        with translated(self._keys.client):
            return int(self._keys.client.zcount(f"{self._keys.prefix}workers", time.time() - WORKER_TTL_S, "+inf"))

    def note_rate(self, work: str, per_s: float) -> None:
        """A worker did so many units of this work per second."""
        with translated(self._keys.client):
            self._keys.client.set(self._keys.of("rate", work), repr(per_s), ex=KEPT_S)

    def rate(self, work: str) -> float | None:
        """Units per second when this work was last done, or None."""
        with translated(self._keys.client):
            text: Any = self._keys.client.get(self._keys.of("rate", work))
        return None if text is None else float(text)
