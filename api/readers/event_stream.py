"""Streams a job as server-sent events: one whenever something that the API shows of it has changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool

from jobs.errors import Retryable
from jobs.job import JobResource

LOOK_EVERY_S = 0.5
HEARTBEAT_S = 10.0
RECONNECT_MS = 2000


def event_id(job: JobResource) -> str:
    """An id that two views of a job share only if they are the same: so any replica can resume a stream."""
    return hashlib.sha256(job.encode()).hexdigest()[:16]


async def job_events(
    read: Callable[[], JobResource],
    *,
    seen: str | None,
    look_every_s: float = LOOK_EVERY_S,
    heartbeat_s: float = HEARTBEAT_S,
) -> AsyncIterator[bytes]:
    """Send each new view of a job until it is over; a comment now and then in between.

    Args:
        read: gives the present view; blocks, so it runs in a thread.
        seen: id of the last event that the client has.
        look_every_s: how often to look.
        heartbeat_s: longest silence.
    """
    quiet_s = 0.0
    while True:
        job = await _try(read)
        if job is not None and event_id(job) != seen:
            seen, quiet_s = event_id(job), 0.0
            yield format_sse_event(data_str=job.model_dump_json(), event="snapshot", id=seen, retry=RECONNECT_MS)
        elif quiet_s >= heartbeat_s:
            quiet_s = 0.0
            yield format_sse_event(comment="still here")
        if job is not None and job.state.terminal:
            return
        await asyncio.sleep(look_every_s)
        quiet_s += look_every_s


async def _try(read: Callable[[], JobResource]) -> JobResource | None:
    try:
        return await run_in_threadpool(read)
    except Retryable:
        return None  # the board or the store is away: the client has what was known, look again
