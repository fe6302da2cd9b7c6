"""Counts in Redis what keys and projects do, by its own clock, so that no number of API processes exceeds a quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from dispatch.job_keys import JobKeys
from dispatch.redis_client import NOW, translated
from jobs.identity.quota import Quota

SETTLE_S = 60
"""A reservation that has not become a job after so long is dropped: the process that made it has died."""
_KEPT_S = 8 * 24 * 3600
_RESERVED = "?"

# Reserves for all holders or for none. KEYS: for each holder the set of its active jobs and its images of a day.
# ARGV: the token, the number of images, the time to live, then for each holder both bounds, empty for none.
_RESERVE = f"""
{NOW}
local day = math.floor(now / 86400)
for place = 1, #KEYS, 2 do
  local active, images = redis.call('ZCARD', KEYS[place]), KEYS[place + 1] .. ':' .. day
  local most_active, most_images = tonumber(ARGV[place + 3]), tonumber(ARGV[place + 4])
  if most_active and active >= most_active then return {{(place + 1) / 2, 'active_jobs', active, 0}} end
  local used = tonumber(redis.call('GET', images) or '0')
  if most_images and used + tonumber(ARGV[2]) > most_images then
    return {{(place + 1) / 2, 'images_per_day', used, math.ceil((day + 1) * 86400 - now)}}
  end
end
for place = 1, #KEYS, 2 do
  local images = KEYS[place + 1] .. ':' .. day
  redis.call('ZADD', KEYS[place], now, ARGV[1])
  redis.call('EXPIRE', KEYS[place], ARGV[3])
  if tonumber(ARGV[2]) > 0 then
    redis.call('INCRBY', images, ARGV[2])
    redis.call('EXPIRE', images, 172800)
  end
end
return {{0, '', day, 0}}
"""
_REQUEST = f"""
{NOW}
local minute = math.floor(now / 60)
local key = KEYS[1] .. ':' .. minute
local used = redis.call('INCR', key)
redis.call('EXPIRE', key, 120)
if used > tonumber(ARGV[1]) then return math.ceil((minute + 1) * 60 - now) end
return 0
"""
# Removes jobs that were over when the active ones were listed, and what was reserved too long before.
# KEYS: a set of active jobs. ARGV: when they were listed, how long a reservation holds, the active jobs.
_SETTLE = f"""
local active = {{}}
for place = 3, #ARGV do active[ARGV[place]] = true end
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local holds = string.sub(name, 1, 1) == '{_RESERVED}' and tonumber(ARGV[2]) or 0
  if not active[name] and tonumber(redis.call('ZSCORE', KEYS[1], name)) + holds < tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], name)
  end
end
"""
# The reservation may be gone by now, where the store took long; the job counts all the same.
_CONFIRM = f"""
{NOW}
for place = 1, #KEYS do
  redis.call('ZREM', KEYS[place], ARGV[1])
  redis.call('ZADD', KEYS[place], now, ARGV[2])
  redis.call('EXPIRE', KEYS[place], ARGV[3])
end
"""
_RELEASE = """
for place = 1, #KEYS, 2 do
  local there = redis.call('ZREM', KEYS[place], ARGV[1])
  if there == 1 and tonumber(ARGV[2]) > 0 then redis.call('DECRBY', KEYS[place + 1] .. ':' .. ARGV[3], ARGV[2]) end
end
"""


@dataclass(frozen=True)
class Holder:
    """Whose quota it is: ``key:<id>`` or ``project:<name>``."""

    name: str
    quota: Quota

    @property
    def is_key(self) -> bool:
        """Whether the holder is a key; otherwise it is a project."""
        return self.name.startswith("key:")

    def in_words(self) -> str:
        """How the holder is called in messages to the user of the key."""
        return "your key" if self.is_key else f"the project {self.name.partition(':')[2]!r}"


@dataclass(frozen=True)
class Reservation:
    """What was reserved; becomes a job, or is given back."""

    holders: tuple[Holder, ...]
    token: str
    images: int
    day: int


@dataclass(frozen=True)
class Exceeded:
    """Which bound does not allow it.

    Attributes:
        used: so far.
        retry_after_s: until the bound is free again; 0 where that depends on when jobs end.
    """

    holder: Holder
    bound: Literal["active_jobs", "images_per_day"]
    used: int
    retry_after_s: int


class QuotaBook:
    """Active jobs, images of a day and requests of a minute, by holder."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._reserve = keys.client.register_script(_RESERVE)
        self._request = keys.client.register_script(_REQUEST)
        self._settle = keys.client.register_script(_SETTLE)
        self._confirm = keys.client.register_script(_CONFIRM)
        self._release = keys.client.register_script(_RELEASE)

    def reserve(self, holders: Sequence[Holder], token: str, *, images: int) -> Reservation | Exceeded:
        """Count one more job and its images for all of these, or for none, if one has too many."""
        bounds = [bound for each in holders for bound in (each.quota.active_jobs, each.quota.images_per_day)]
        named = [f"{_RESERVED}{token}", images, _KEPT_S, *("" if bound is None else bound for bound in bounds)]
        with translated(self._keys.client):
            place, bound, used, retry_after_s = self._reserve(keys=self._places(holders), args=named)
        if place:
            return Exceeded(holders[int(place) - 1], bound, int(used), int(retry_after_s))
        return Reservation(tuple(holders), token, images, day=int(used))

    def confirm(self, reserved: Reservation, job_id: str) -> None:
        """Let a reservation be a job, which counts until it is over."""
        with translated(self._keys.client):
            self._confirm(keys=self._active(reserved.holders), args=[f"{_RESERVED}{reserved.token}", job_id, _KEPT_S])

    def release(self, reserved: Reservation) -> None:
        """Give a reservation back: no job was made."""
        with translated(self._keys.client):
            self._release(
                keys=self._places(reserved.holders),
                args=[f"{_RESERVED}{reserved.token}", reserved.images, reserved.day],
            )

    def settle(self, holder: Holder, active: Iterable[str], *, listed_at_s: float) -> None:
        """Forget the jobs of a holder that were not among the active ones, which were listed at this time of Redis."""
        with translated(self._keys.client):
            self._settle(keys=self._active([holder]), args=[listed_at_s, SETTLE_S, *active])

    def request(self, holder: Holder) -> int:
        """Count a request; how many seconds to wait if there were too many in this minute, else 0."""
        bound = holder.quota.requests_per_minute
        if bound is None:
            return 0
        with translated(self._keys.client):
            return int(self._request(keys=[self._keys.of("quota:requests", holder.name)], args=[bound]))

    def send(self, holder: Holder, size: int, *, since: str) -> int:
        """Count bytes that a holder sends; returns how many they are ``since`` the store was counted."""
        name = self._keys.of("quota:bytes", f"{holder.name}:{since}")
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.incrby(name, size)
            pipeline.expire(name, _KEPT_S)
            return int(pipeline.execute()[0])

    def _active(self, holders: Sequence[Holder]) -> list[str]:
        return [self._keys.of("quota:active", each.name) for each in holders]

    def _places(self, holders: Sequence[Holder]) -> list[str]:
        images = [self._keys.of("quota:images", each.name) for each in holders]
        return [name for pair in zip(self._active(holders), images, strict=True) for name in pair]
