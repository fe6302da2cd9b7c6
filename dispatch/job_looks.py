"""Looks at many jobs on the board at once: what a round of reconciliation has to know, in a few calls for all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.in_parts import in_parts
from dispatch.job_keys import JobKeys
from dispatch.lease import KEYS as LEASE_KEYS
from dispatch.redis_client import NOW, translated
from jobs.plan import FINALIZE, PLAN

JOBS_AT_ONCE = 100
LEASES_AT_ONCE = 1000

# Arguments: how keys begin, then ids of jobs. Answers the time, then a row for each job: as JSON, which is read in
# half the time that an answer of thousands of parts takes. An empty list is written as an empty object there.
_LOOK = (
    NOW
    + """
local prefix, rows = ARGV[1], {}
local function key(name, id) return prefix .. name .. ':' .. id end
for i = 2, #ARGV do
  local id = ARGV[i]
  rows[#rows + 1] = {
    redis.call('EXISTS', key('begun', id)),
    redis.call('EXISTS', key('stop', id)),
    redis.call('LLEN', key('todo', id)),
    redis.call('HKEYS', key('out', id)),
    redis.call('HGETALL', key('due', id)),
    redis.call('HKEYS', key('missing', id)),
    redis.call('EXISTS', key('uncounted', id)),
    redis.call('LINDEX', key('todo', id), 0) or '',
    redis.call('HGET', prefix .. 'lanes', id) or '',
  }
end
return {string.format('%.6f', now), cjson.encode(rows)}
"""
)


@dataclass(frozen=True)
class JobLook:
    """What the board knows of one job.

    Attributes:
        begun: whether its steps are noted.
        stopped: whether it is to stop.
        to_do: how many steps wait for room in its window.
        following: the first of them; empty if there is none.
        out: steps that should wait in a queue or be worked on.
        later: steps that are postponed, and whose time has not come.
        due: steps that were postponed until now.
        missing: steps that were missing at an earlier look.
        lane: the queue through which all of its steps go; empty where each goes through its own.
        uncounted: whether it has steps whose failed images have to be counted again.
    """

    job_id: str
    begun: bool
    stopped: bool
    to_do: int
    following: str
    out: tuple[str, ...]
    later: frozenset[str]
    due: frozenset[str]
    missing: frozenset[str]
    uncounted: bool
    lane: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Steps that should be under way, going by the board alone."""
        if self.stopped:
            return (FINALIZE,)
        if not self.begun:
            return (PLAN,)
        return self.out or (() if self.to_do else (FINALIZE,))


class JobLooks:
    """Reads the board of many jobs."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._look = keys.client.register_script(_LOOK)

    def look(self, job_ids: Sequence[str]) -> list[JobLook]:
        """What the board knows of these jobs, in their order."""
        found = []
        with translated(self._keys.client):
            for part in in_parts(job_ids, JOBS_AT_ONCE):
                answer: Any = self._look(args=[self._keys.prefix, *part])
                now = float(answer[0])
                found += [_read(job_id, row, now) for job_id, row in zip(part, json.loads(answer[1]), strict=True)]
        return found

    def held(self, steps: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of these steps, by job, on which somebody works."""
        held = set[tuple[str, str]]()
        with translated(self._keys.client):
            for part in in_parts(list(steps), LEASES_AT_ONCE):
                names = [f"{self._keys.prefix}{LEASE_KEYS}{job_id}:{step}" for job_id, step in part]
                tokens: Any = self._keys.client.mget(names)
                held.update(step for step, token in zip(part, tokens, strict=True) if token is not None)
        return held

    def stopped(self, job_ids: Sequence[str]) -> set[str]:
        """Those of these jobs that were asked to stop."""
        if not job_ids:
            return set()
        with translated(self._keys.client):
            flags: Any = self._keys.client.mget([self._keys.of("stop", job_id) for job_id in job_ids])
        return {job_id for job_id, flag in zip(job_ids, flags, strict=True) if flag is not None}


def _read(job_id: str, row: Any, now: float) -> JobLook:
    begun, stopped, to_do, out, postponed, missing, uncounted, following, lane = row
    flat = list(postponed)
    times = dict(zip(flat[::2], map(float, flat[1::2]), strict=True))
    return JobLook(
        job_id=job_id,
        begun=bool(begun),
        stopped=bool(stopped),
        to_do=int(to_do),
        following=str(following),
        out=tuple(out),
        later=frozenset(step for step, when in times.items() if when > now),
        due=frozenset(step for step, when in times.items() if when <= now),
        missing=frozenset(missing),
        uncounted=bool(uncounted),
        lane=str(lane),
    )
