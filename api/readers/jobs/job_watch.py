"""Looks at the jobs that somebody watches: once for all streams of a job, and at all such jobs together."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from starlette.concurrency import run_in_threadpool

from jobs.errors import Retryable
from jobs.job import JobResource

LOOK_EVERY_S = 0.5
_log = structlog.get_logger(__name__)
Read = Callable[[Sequence[str]], Iterable[JobResource]]


def event_id(job: JobResource) -> str:
    """An id that two views of a job share only if they are the same: so any replica can resume a stream."""
    return hashlib.sha256(job.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class View:
    """A job as it was seen, ready to be sent."""

    job: JobResource
    id: str
    text: str


@dataclass
class Watched:
    """A job that is watched.

    Attributes:
        view: what was seen last; None before the first look.
        streams: how many show it.
    """

    view: View | None = None
    streams: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, job: JobResource) -> None:
        """Have the streams send this, if it is new."""
        if self.view is None or self.view.job != job:
            self.view = View(job, event_id(job), job.model_dump_json())
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def other_than(self, seen: str | None, *, within_s: float) -> View | None:
        """The first view that has another id than ``seen``; None where there is none for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.view is None or self.view.id == seen:
                    await self._changed.wait()
                return self.view
        return None


class JobWatch:
    """One look at a time, in one thread, however many streams there are; none while there are no streams."""

    def __init__(self, read: Read, *, every_s: float = LOOK_EVERY_S) -> None:
        """Watch nothing yet.

        Args:
            read: gives the present views of those of some jobs that there are; blocks.
            every_s: how often to look.
        """
        self._read = read
        self._every_s = every_s
        self._watched: dict[str, Watched] = {}
        self._looking: asyncio.Task[None] | None = None
        self._added = asyncio.Event()

    @asynccontextmanager
    async def watched(self, job_id: str) -> AsyncIterator[Watched]:
        """The job, which is looked at from now on."""
        if job_id not in self._watched:
            self._watched[job_id] = Watched()
            self._look_on()
        watched = self._watched[job_id]
        watched.streams += 1
        try:
            yield watched
        finally:
            watched.streams -= 1
            if watched.streams == 0:
                del self._watched[job_id]

    def _look_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._added = asyncio.Event()
            self._looking = asyncio.create_task(self._run())
        self._added.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._watched:
            if loop.time() >= due:
                due = loop.time() + self._every_s
                await self._look(list(self._watched))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._added.wait(), max(due - loop.time(), 0.0))
            self._added.clear()
            await self._look([job_id for job_id, watched in self._watched.items() if watched.view is None])

    async def _look(self, job_ids: list[str]) -> None:
        if not job_ids:
            return
        try:
            jobs = await run_in_threadpool(lambda: list(self._read(job_ids)))
        except Retryable:
            return  # the board or the store is away: clients have what was known, look again
        except Exception:  # noqa: BLE001  (one look that fails is not to end the streams)
            _log.exception("jobs_not_looked_at")
            return
        for job in jobs:
            if job.id in self._watched:
                self._watched[job.id].show(job)
