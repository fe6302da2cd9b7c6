"""Keeps in Redis which jobs have steps to do, for each queue in the order in which these will be taken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import redis
from redis.exceptions import LockError

from dispatch.in_parts import in_parts
from dispatch.job_keys import JobKeys
from dispatch.names import QUEUES
from dispatch.redis_client import translated
from dispatch.turns import line_script
from dispatch.turns.stand import Stand
from jobs.turns.fair_order import CLOCK, FairOrder, Flow, job_tag, project_tag

JOBS_AT_ONCE, LOOKED_UP_AT_ONCE = 100, 1000
_ALONE_S, _WAITS_S, _ASKS_AGAIN_S = 5.0, 0.5, 0.01
_JOB = job_tag("")


class Lines:
    """One line for each queue."""

    def __init__(self, keys: JobKeys) -> None:
        self._client = keys.client
        self._prefix = keys.prefix
        self._filed = f"{keys.prefix}filed"
        self._join = keys.client.register_script(line_script.JOIN)
        self._change = keys.client.register_script(line_script.CHANGE)
        self._forget = keys.client.register_script(line_script.FORGET)
        self._take = keys.client.register_script(line_script.TAKE)
        self._read = keys.client.register_script(line_script.READ)

    def join(self, jobs: Iterable[tuple[str, str]], *, window: int) -> None:
        """Have jobs, each with its queue, stand where they belong: nowhere if nothing of them may be taken.

        Args:
            jobs: one that has stood elsewhere leaves that place.
            window: steps that a job may have out.
        """
        with translated(self._client):
            for part in in_parts(list(jobs), JOBS_AT_ONCE):
                self._join(args=[self._prefix, window, *(word for job in part for word in job)])

    def settle(self, stands: Iterable[Stand], *, window: int) -> None:
        """Have those join that do not stand where they should."""
        every, filed = list(stands), dict[str, str | None]()
        with translated(self._client):
            for part in in_parts([stand.job_id for stand in every], LOOKED_UP_AT_ONCE):
                found: Any = self._client.hmget(self._filed, list(part))
                filed.update(zip(part, found, strict=True))
        misplaced = (stand for stand in every if (filed[stand.job_id] or "") != stand.filed)
        self.join(((stand.job_id, stand.queue) for stand in misplaced), window=window)

    def change(self, job_id: str, *, anew: bool) -> None:
        """The turn of a job is another one by now; ``anew``: it begins where the others of its class are."""
        with translated(self._client):
            self._change(args=[self._prefix, "", job_id, int(anew), *QUEUES])

    def forget(self, job_id: str) -> None:
        """Remove a job from its line: no step of it is to be taken any more."""
        with translated(self._client):
            self._forget(args=[self._prefix, "", job_id, *QUEUES])

    def take(self, queue: str, weights: Mapping[str, float], *, window: int) -> tuple[str, str] | None:
        """Job and step that is next, which is out from now on; None if there is none."""
        said, found = line_script.GO_ON, list[Any]()
        with translated(self._client):
            while said == line_script.GO_ON:
                said, *found = self._take(args=[self._prefix, window, queue, json.dumps(dict(weights))])
        return (str(found[0]), str(found[1])) if said == line_script.TAKEN else None

    def following(self, queue: str, weights: Mapping[str, float], *, most: int) -> Iterator[str]:
        """The jobs of the steps that come next as things stand; that windows are full is left aside, as it passes."""
        with translated(self._client):
            rows, starts, clock = json.loads(str(self._read(args=[self._prefix, "", queue, most])))
        tags = {CLOCK: float(clock)} | {project_tag(project): float(start) for project, start in starts}
        tags |= {job_tag(job_id): float(start) for job_id, *_, start in rows}
        flows = (Flow(job_id, project, rank, to_do) for job_id, project, rank, to_do, _ in rows)
        return islice(FairOrder(flows, weights, tags), most)

    def messages(self, queue: str) -> int:
        """How many messages lie in a queue."""
        with translated(self._client):
            return int(self._client.llen(queue))

    def keep_only(self, job_ids: Iterable[str]) -> None:
        """Forget all other jobs, and what earlier releases kept: lines without an order, and an end of tags."""
        with translated(self._client), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hkeys(self._filed)
            for queue in QUEUES:
                pipeline.hkeys(f"{self._prefix}tags:{queue}")
            filed, *tags = pipeline.execute()
            for queue in QUEUES:
                pipeline.delete(f"{self._prefix}line:{queue}")
                pipeline.persist(f"{self._prefix}tags:{queue}")
            pipeline.execute()
        known = {tag.removeprefix(_JOB) for each in tags for tag in each if tag.startswith(_JOB)}
        for job_id in known.union(filed).difference(job_ids):
            self.forget(job_id)

    @contextmanager
    def alone(self, queue: str) -> Iterator[bool]:
        """Decide alone what of a queue is next; False where others did all the while."""
        lock = self._client.lock(
            f"{self._prefix}dispatching:{queue}", timeout=_ALONE_S, blocking_timeout=_WAITS_S, sleep=_ASKS_AGAIN_S
        )
        with translated(self._client):
            won = lock.acquire()
        try:
            yield won
        finally:
            with suppress(LockError, redis.RedisError):  # it was held for too long, or ends by itself
                if won:
                    lock.release()
