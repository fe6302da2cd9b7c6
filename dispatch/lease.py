"""Gives one worker at a time the right to work on a step, for as long as it renews its lease.

Time is Redis' own (key expiry), so workers' clocks do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import redis

from dispatch.redis_client import translated

KEYS = "lease:"
"""The keys of all leases begin with the prefix of the installation and this."""

# A lease whose key vanished (Redis lost its data, or it expired while nobody else wanted the step) may be
# taken back by its holder; one that somebody else holds is lost for good.
_RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] or not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
return 0
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True)
class Lease:
    """A held lease; ``token`` is the id of the attempt that holds it."""

    job_id: str
    step: str
    token: str


class Leases:
    """All leases, on Redis."""

    def __init__(self, client: redis.Redis, prefix: str, *, ttl_s: float = 30.0) -> None:
        self._client = client
        self._prefix = f"{prefix}{KEYS}"
        self._ttl_ms = int(ttl_s * 1000)
        self._renew = client.register_script(_RENEW)
        self._release = client.register_script(_RELEASE)

    @property
    def ttl_s(self) -> float:
        """Seconds after which a lease that is not renewed is free again."""
        return self._ttl_ms / 1000

    def _key(self, job_id: str, step: str) -> str:
        return f"{self._prefix}{job_id}:{step}"

    def take(self, job_id: str, step: str, *, token: str) -> Lease | None:
        """Take the lease, or None while somebody else holds it."""
        with translated(self._client):
            won = self._client.set(self._key(job_id, step), token, nx=True, px=self._ttl_ms)
        return Lease(job_id, step, token) if won else None

    def renew(self, lease: Lease) -> bool:
        """Keep the lease for another period; False when it belongs to somebody else now."""
        with translated(self._client):
            return bool(self._renew(keys=[self._key(lease.job_id, lease.step)], args=[lease.token, self._ttl_ms]))

    def release(self, lease: Lease) -> None:
        """Give the lease back; a no-op where it was lost."""
        with translated(self._client):
            self._release(keys=[self._key(lease.job_id, lease.step)], args=[lease.token])

    def held(self, job_id: str, steps: list[str]) -> set[str]:
        """Those of ``steps`` on which somebody works."""
        if not steps:
            return set()
        with translated(self._client):
            tokens = self._client.mget([self._key(job_id, step) for step in steps])
        return {step for step, token in zip(steps, tokens, strict=True) if token is not None}
