"""Keeps in Redis the turn of each job that is not over, and the queue of those that go through one of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dispatch.job_keys import JobKeys
from dispatch.redis_client import translated
from jobs.errors import Corrupt
from jobs.turns.turn import Turn

# An older revision never replaces a newer one: who read the store before a change may write here after it.
_PUT = """
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then
  local read, known = pcall(cjson.decode, before)
  if read and tonumber(known['revision'] or 0) > tonumber(ARGV[2]) then return 0 end
end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
"""


class LiveTurns:
    """Turns by job. A job that has none here is not let out until the store was asked."""

    def __init__(self, keys: JobKeys) -> None:
        self._client = keys.client
        self._turns = f"{keys.prefix}turns"
        self._lanes = f"{keys.prefix}lanes"
        self._put = keys.client.register_script(_PUT)

    def of(self, job_ids: Iterable[str]) -> dict[str, Turn]:
        """The turns of those of these jobs that are known, with the priority and the pause of their parents."""
        found = self._own(job_ids)
        parents = self._own({turn.parent for turn in found.values() if turn.parent})
        return {job_id: _inherited(turn, parents) for job_id, turn in found.items()}

    def own(self, job_id: str) -> Turn | None:
        """The turn of a job without what it has of its parent; None where it is not known."""
        return self._own([job_id]).get(job_id)

    def put(self, job_id: str, turn: Turn) -> None:
        """Show this turn, unless a newer one is shown."""
        with translated(self._client):
            self._put(keys=[self._turns], args=[job_id, turn.revision, turn.model_dump_json()])

    def lane(self, job_id: str) -> str:
        """The queue through which all steps of a job go; empty where each goes through its own."""
        with translated(self._client):
            return str(self._client.hget(self._lanes, job_id) or "")

    def lanes(self, job_ids: Iterable[str]) -> dict[str, str]:
        """The lanes of those of these jobs that have one."""
        return self._fields(self._lanes, job_ids)

    def set_lane(self, job_id: str, queue: str) -> None:
        """Have all steps of a job go through one queue."""
        with translated(self._client):
            self._client.hset(self._lanes, job_id, queue)

    def forget(self, job_id: str) -> None:
        """Forget the turn and the queue of a job that is over."""
        with translated(self._client), self._client.pipeline() as pipeline:
            pipeline.hdel(self._turns, job_id)
            pipeline.hdel(self._lanes, job_id)
            pipeline.execute()

    def keep_only(self, job_ids: Iterable[str]) -> None:
        """Forget all other jobs, of which some may have been written by late workers."""
        with translated(self._client):
            known: Any = self._client.hkeys(self._turns)
            gone = set(known) - set(job_ids)
            if gone:
                self._client.hdel(self._turns, *gone)
                self._client.hdel(self._lanes, *gone)

    def _own(self, job_ids: Iterable[str]) -> dict[str, Turn]:
        texts = self._fields(self._turns, job_ids)
        read = {job_id: _read(text) for job_id, text in texts.items()}
        return {job_id: turn for job_id, turn in read.items() if turn is not None}

    def _fields(self, key: str, job_ids: Iterable[str]) -> dict[str, str]:
        wanted = list(job_ids)
        if not wanted:
            return {}
        with translated(self._client):
            texts: Any = self._client.hmget(key, wanted)
        return {job_id: text for job_id, text in zip(wanted, texts, strict=True) if text is not None}


def _inherited(turn: Turn, parents: Mapping[str, Turn]) -> Turn:
    parent = parents.get(turn.parent or "")
    if parent is None:
        return turn
    return turn.model_copy(update={"priority": parent.priority, "pause": turn.pause or parent.pause})


def _read(text: str) -> Turn | None:
    try:
        return Turn.decode(text.encode())
    except Corrupt:
        return None  # another version wrote it; reconciliation reads the store again
