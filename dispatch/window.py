"""Lets a job have only a few steps out at once; whose step is next, ``dispatch.turns`` decides.

A step is *to do* until its message is sent, then *out* until its report is committed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis

from dispatch.in_parts import in_parts
from dispatch.job_keys import KEPT_S
from dispatch.redis_client import translated

AT_ONCE = 1000
NAMES = ("todo", "out", "begun")
# The steps lie ready under the fourth key, however many they are; of no steps there is no such key.
_BEGIN = """
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('DEL', KEYS[4])
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('RENAME', KEYS[4], KEYS[1]) end
redis.call('SET', KEYS[3], 1, 'EX', ARGV[1])
return 1
"""
MOVE = f"""
local function move(keys, size, most)
  local moved, now = {{}}, redis.call('TIME')
  while redis.call('HLEN', keys[2]) < size and #moved < most do
    local step = redis.call('LPOP', keys[1])
    if not step then break end
    redis.call('HSET', keys[2], step, now[1])
    table.insert(moved, step)
  end
  for _, key in ipairs(keys) do redis.call('EXPIRE', key, {KEPT_S}) end
  return moved
end
"""
"""Moves steps of one job from *to do* to *out*, for scripts that begin with this."""
_ADVANCE = f"""{MOVE}
local moved = move(KEYS, tonumber(ARGV[1]), math.huge)
return {{moved, redis.call('LLEN', KEYS[1]), redis.call('HLEN', KEYS[2]), redis.call('LINDEX', KEYS[1], 0) or ''}}
"""


@dataclass(frozen=True)
class Advance:
    """Steps that must be enqueued now, how many are still to do and out, and the first that is to do."""

    enqueue: tuple[str, ...]
    to_do: int
    out: int
    following: str = ""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left but finalizing."""
        return not self.enqueue and self.to_do == 0 and self.out == 0


class Windows:
    """What each job has to do and has out, on Redis."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._begin = client.register_script(_BEGIN)
        self._advance = client.register_script(_ADVANCE)

    def _keys(self, job_id: str) -> list[str]:
        return [f"{self._prefix}{name}:{job_id}" for name in NAMES]

    def begin(self, job_id: str, steps: Iterable[str]) -> bool:
        """Note the steps to do, once; False where that was done before."""
        ready = f"{self._prefix}ready:{job_id}:{uuid.uuid4().hex}"
        with translated(self._client):
            with self._client.pipeline(transaction=False) as pipeline:
                for part in in_parts(list(steps), AT_ONCE):
                    pipeline.rpush(ready, *part)
                pipeline.expire(ready, KEPT_S)
                pipeline.execute()
            return bool(self._begin(keys=[*self._keys(job_id), ready], args=[KEPT_S]))

    def begun(self, job_id: str) -> bool:
        """Whether the steps are noted (False again once Redis has lost its data)."""
        with translated(self._client):
            return bool(self._client.exists(self._keys(job_id)[2]))

    def advance(self, job_id: str, *, size: int) -> Advance:
        """Move steps from *to do* to *out* while fewer than ``size`` are out."""
        with translated(self._client):
            answer: Any = self._advance(keys=self._keys(job_id), args=[size])
        return Advance(tuple(answer[0]), int(answer[1]), int(answer[2]), str(answer[3]))

    def look(self, job_id: str) -> Advance:
        """How many are to do and out, without moving any."""
        return self.advance(job_id, size=0)

    def renew(self, job_id: str) -> None:
        """Keep what is noted of a job that lives on: all of it expires a week after it was last touched."""
        with translated(self._client), self._client.pipeline() as pipeline:
            for key in self._keys(job_id):
                pipeline.expire(key, KEPT_S)
            pipeline.execute()

    def complete(self, job_id: str, step: str) -> None:
        """Remove a step from those that are out: its report is committed."""
        with translated(self._client):
            self._client.hdel(self._keys(job_id)[1], step)

    def out(self, job_id: str) -> list[str]:
        """Steps that were enqueued and have not been completed."""
        with translated(self._client):
            return [str(step) for step in self._client.hkeys(self._keys(job_id)[1])]

    def forget(self, job_id: str) -> None:
        """Remove all traces of a job that is over."""
        with translated(self._client):
            self._client.delete(*self._keys(job_id))
