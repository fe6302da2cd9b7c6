"""Keeps in Redis how far each step of a job is, and running totals over all of them.

A beat costs the same however many steps the job has: it adds the difference to what the step said before, and shows the
totals in the same call. What a job
shows as done never falls back, although a step that is begun again starts from nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.in_parts import in_parts
from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import translated
from jobs.job import Snapshot

AT_ONCE = 500

# Arguments: the time to live; the live view to show, in three parts around done and failed, or three empty texts; then
# step, done and failed of each step, where an empty ``failed`` keeps what was known.
# The totals lie beside the steps, under an empty name: "done/failed/shown".
_NOTE = """
local counts, view, find, sub = KEYS[1], KEYS[2], string.find, string.sub
local function parted(value)
  if not value then return 0, 0, 0 end
  local first = find(value, '/', 1, true)
  local second = find(value, '/', first + 1, true) or #value + 1
  local third = tonumber(sub(value, second + 1))
  return tonumber(sub(value, 1, first - 1)), tonumber(sub(value, first + 1, second - 1)), third
end
local names = {''}
for i = 5, #ARGV, 3 do names[#names + 1] = ARGV[i] end
local known = redis.call('HMGET', counts, unpack(names))
local done, failed, shown = parted(known[1])
if not known[1] then
  for _, value in ipairs(redis.call('HVALS', counts)) do
    local one, other = parted(value)
    done, failed = done + one, failed + other
  end
end
local written = {counts, '', ''}
for i = 2, #names do
  local done_now, failed_now = ARGV[3 * i], ARGV[3 * i + 1]
  local done_before, failed_before = parted(known[i])
  if failed_now == '' then failed_now = failed_before end
  done, failed = done + done_now - done_before, failed + failed_now - failed_before
  written[#written + 1] = names[i]
  written[#written + 1] = done_now .. '/' .. failed_now
end
if done > shown then shown = done end
written[3] = done .. '/' .. failed .. '/' .. shown
redis.call('HSET', unpack(written))
if not known[1] then redis.call('EXPIRE', counts, ARGV[1]) end
local before = false
if ARGV[2] == '' then
  before = redis.call('GET', view)
else
  redis.call('SET', view, ARGV[2] .. shown .. ARGV[3] .. failed .. ARGV[4], 'EX', ARGV[1])
end
return {tostring(shown), failed, before, redis.call('EXISTS', KEYS[3])}
"""
_GAPS = re.compile(r'(.*?"done":)[^,]*(,.*?"failed":)[^,]*(,.*)', re.DOTALL)


@dataclass(frozen=True)
class Totals:
    """Units over all steps of a job, and what else a beat has to know.

    Attributes:
        done: the most that were ever shown as done.
        failed: those that failed.
        stopped: whether the job is to stop.
        snapshot: its live view as it is stored; None where there is none, or where another one was to be shown.
    """

    done: float
    failed: int
    stopped: bool = field(default=False, compare=False)
    snapshot: str | None = field(default=None, compare=False)


class StepCounts:
    """How far the steps of jobs are."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self._note = keys.client.register_script(_NOTE)

    def note(
        self, job_id: str, counts: Mapping[str, tuple[float, int | None]], *, view: Snapshot | None = None
    ) -> Totals:
        """Note done and failed units of some steps.

        Args:
            job_id: which job.
            counts: by step; where the failed ones are None, they stay as they were.
            view: to show from now on, with the totals put in.
        """
        found = Totals(0, 0)
        shown = _around_totals(view) if view is not None else ("", "", "")
        triples = [(step, repr(done), "" if failed is None else failed) for step, (done, failed) in counts.items()]
        with translated(self._keys.client):
            for part in list(in_parts(triples, AT_ONCE)) or [[]]:
                answer: Any = self._note(
                    keys=[self._keys.of(name, job_id) for name in ("counts", "snapshot", "stop")],
                    args=[KEPT_S, *shown, *(word for triple in part for word in triple)],
                )
                done, failed, snapshot, stopped = answer
                found = Totals(round(float(done), 9), int(failed), stopped=bool(stopped), snapshot=snapshot)
        return found

    def renew(self, job_id: str) -> None:
        """Keep what is noted of a job that lives on."""
        with translated(self._keys.client):
            self._keys.client.expire(self._keys.of("counts", job_id), KEPT_S)

    def leave_uncounted(self, job_id: str, steps: list[str]) -> None:
        """Note steps that are done, but of which nobody knows how many units failed."""
        key = self._keys.of("uncounted", job_id)
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            pipeline.delete(key)
            for part in in_parts(steps, AT_ONCE):
                pipeline.rpush(key, *part)
            pipeline.expire(key, KEPT_S)
            pipeline.execute()

    def uncounted(self, job_id: str, *, limit: int) -> list[str]:
        """The first of the steps whose failed units have to be counted again."""
        with translated(self._keys.client):
            found: Any = self._keys.client.lrange(self._keys.of("uncounted", job_id), 0, limit - 1)
        return list(found)

    def drop_uncounted(self, job_id: str, steps: list[str]) -> None:
        """Remove steps from those whose failed units have to be counted again."""
        with translated(self._keys.client), self._keys.client.pipeline() as pipeline:
            for step in steps:
                pipeline.lrem(self._keys.of("uncounted", job_id), 1, step)
            pipeline.execute()


def _around_totals(view: Snapshot) -> tuple[str, ...]:
    """Its JSON before, between and after the numbers of done and failed units.

    Within texts, JSON has no quotation marks but those with a backslash, so the names are found nowhere else.
    """
    found = _GAPS.fullmatch(view.model_dump_json())
    if found is None:
        raise ValueError(f"a view without done and failed: {view}")
    return found.groups()
