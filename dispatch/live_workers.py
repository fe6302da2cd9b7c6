"""Keeps in Redis which compute workers are alive, and how fast they were."""

from __future__ import annotations

from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import NOW, translated

# A worker is counted as live for so long after its last sign of life.
WORKER_TTL_S = 15.0

_ANNOUNCE = f"""{NOW}
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (now - tonumber(ARGV[2])))
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2])))
"""
_COUNT = f"""{NOW}
return redis.call('ZCOUNT', KEYS[1], now - tonumber(ARGV[1]), '+inf')
"""


class LiveWorkers:
    """Signs of life and rates of compute workers."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._workers = f"{keys.prefix}workers"
        self._announce = keys.client.register_script(_ANNOUNCE)
        self._count = keys.client.register_script(_COUNT)

    def announce(self, name: str) -> None:
        """Note that a compute worker is alive now."""
        with translated(self._keys.client):
            self._announce(keys=[self._workers], args=[name, WORKER_TTL_S])

    def count(self) -> int:
        """Compute workers that gave a sign of life lately."""
        with translated(self._keys.client):
            return int(self._count(keys=[self._workers], args=[WORKER_TTL_S]))

    def note_rate(self, work: str, per_s: float) -> None:
        """A worker did so many units of this work per second."""
        with translated(self._keys.client):
            self._keys.client.set(self._keys.of("rate", work), repr(per_s), ex=KEPT_S)

    def rate(self, work: str) -> float | None:
        """Units per second when this work was last done, or None."""
        with translated(self._keys.client):
            text: Any = self._keys.client.get(self._keys.of("rate", work))
        return None if text is None else float(text)
