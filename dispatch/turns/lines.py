"""Keeps in Redis which jobs have steps to do, a line for each queue, and who had how much of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import redis
from redis.exceptions import LockError

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.names import QUEUES
from dispatch.redis_client import translated

_ALONE_S, _WAITS_S, _ASKS_AGAIN_S = 5.0, 0.5, 0.01
# Arguments: how keys begin, then the queue. A job that has nothing to do, or is to stop, leaves the line.
_READ = """
local prefix, queue, rows = ARGV[1], ARGV[2], {}
local line = prefix .. 'line:' .. queue
for _, id in ipairs(redis.call('SMEMBERS', line)) do
  local to_do = redis.call('LLEN', prefix .. 'todo:' .. id)
  if to_do == 0 or redis.call('EXISTS', prefix .. 'stop:' .. id) == 1 then
    redis.call('SREM', line, id)
  else
    rows[#rows + 1] = {id, to_do, redis.call('HLEN', prefix .. 'out:' .. id)}
  end
end
return cjson.encode({rows, redis.call('HGETALL', prefix .. 'tags:' .. queue), redis.call('LLEN', queue)})
"""


@dataclass(frozen=True)
class InLine:
    """A job that has steps to do.

    Attributes:
        to_do: steps that no message was sent for.
        out: steps that were let out and are not done.
    """

    job_id: str
    to_do: int
    out: int


@dataclass(frozen=True)
class Line:
    """Those that wait for one queue.

    Attributes:
        jobs: in no order.
        tags: see ``jobs.turns.fair_order``.
        messages: that lie in the queue.
    """

    jobs: tuple[InLine, ...]
    tags: Mapping[str, float]
    messages: int


class Lines:
    """One line for each queue."""

    def __init__(self, keys: JobKeys) -> None:
        self._client = keys.client
        self._prefix = keys.prefix
        self._read = keys.client.register_script(_READ)

    def join(self, jobs: Iterable[tuple[str, str]]) -> None:
        """Put jobs, each with its queue, into the lines; one that stands there stays."""
        with translated(self._client), self._client.pipeline(transaction=False) as pipeline:
            for job_id, queue in jobs:
                pipeline.sadd(self._of("line", queue), job_id)
            pipeline.execute()

    def read(self, queue: str) -> Line:
        """Who waits for a queue now."""
        with translated(self._client):
            rows, tags, messages = json.loads(str(self._read(args=[self._prefix, queue])))
        flat = list(tags)  # an empty list is written as an empty object
        jobs = tuple(InLine(str(job_id), int(to_do), int(out)) for job_id, to_do, out in rows)
        return Line(jobs, dict(zip(flat[::2], map(float, flat[1::2]), strict=True)), int(messages))

    def messages(self, queue: str) -> int:
        """How many messages lie in a queue."""
        with translated(self._client):
            return int(self._client.llen(queue))

    def note(self, queue: str, tags: Mapping[str, float]) -> None:
        """Remember who had how much."""
        if tags:
            with translated(self._client), self._client.pipeline() as pipeline:
                pipeline.hset(self._of("tags", queue), mapping={name: repr(value) for name, value in tags.items()})
                pipeline.expire(self._of("tags", queue), KEPT_S)
                pipeline.execute()

    def forget_tag(self, tag: str) -> None:
        """This one begins anew, where the others of its class are."""
        with translated(self._client), self._client.pipeline(transaction=False) as pipeline:
            for queue in QUEUES:
                pipeline.hdel(self._of("tags", queue), tag)
            pipeline.execute()

    @contextmanager
    def alone(self, queue: str) -> Iterator[bool]:
        """Decide alone what of a queue is next; False where others did all the while."""
        lock = self._client.lock(
            self._of("dispatching", queue), timeout=_ALONE_S, blocking_timeout=_WAITS_S, sleep=_ASKS_AGAIN_S
        )
        with translated(self._client):
            won = lock.acquire()
        try:
            yield won
        finally:
            with suppress(LockError, redis.RedisError):  # it was held for too long, or ends by itself
                if won:
                    lock.release()

    def _of(self, name: str, queue: str) -> str:
        return f"{self._prefix}{name}:{queue}"
