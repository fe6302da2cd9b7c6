"""What open streams of events cost those who ask for something meanwhile: the API as a process of its own."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from dispatch.board import Board
from dispatch.connection import connect
from jobs.job import Snapshot
from jobs.live.progress import Progress
from jobs.state import JobState
from store.local import LocalStore
from tests.services.redis_server import redis_server
from tests.services.stack import Stack
from tests.services.stored_jobs import store_job

STREAMS, JOBS, GETS = 400, 8, 300
_BEAT_S, _GET_EVERY_S, _OPEN_WITHIN_S = 1.0, 0.05, 120.0


def measure() -> Mapping[str, float]:
    """``sse_get_ms_median``: a GET of a job while streams of some jobs are open, each with a new event a second."""
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        stack = Stack(Path(folder), server)
        job_ids = [store_job(LocalStore(stack.store), number) for number in range(JOBS)]
        stack.start("api")
        try:
            stack.wait_until_ready()
            alone = _gets_ms(stack.url, job_ids[0])
            with _beats(connect(redis_url=server.url).board, job_ids), _streams(stack, job_ids) as events:
                before, started = sum(events), time.monotonic()
                watched = _gets_ms(stack.url, job_ids[0])
                rate = (sum(events) - before) / (time.monotonic() - started)
        finally:
            stack.kill("api")
            stack.http.close()
    return {
        "sse_get_ms_median": statistics.median(watched),
        "sse_get_ms_p95": statistics.quantiles(watched, n=20)[-1],
        "sse_get_ms_median_without": statistics.median(alone),
        "sse_events_per_s": rate,
        "sse_streams": STREAMS,
    }


def _gets_ms(url: str, job_id: str) -> list[float]:
    found = []
    with httpx.Client(base_url=url, timeout=30) as client:
        for _ in range(GETS):
            started = time.perf_counter()
            client.get(f"/v1/jobs/{job_id}").raise_for_status()
            found.append(1000 * (time.perf_counter() - started))
            time.sleep(_GET_EVERY_S)
    return found


@contextmanager
def _beats(board: Board, job_ids: Sequence[str]) -> Iterator[None]:
    """Show progress of each job once a second, as workers do."""
    over = threading.Event()

    def beat() -> None:
        done = 0
        while not over.wait(_BEAT_S):
            done += 1
            for job_id in job_ids:
                board.progress.publish(
                    Snapshot(job_id=job_id, state=JobState.RUNNING, progress=Progress(done=done, total=1_000_000))
                )

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _streams(stack: Stack, job_ids: Sequence[str]) -> Iterator[list[int]]:
    """Open all streams; gives how many events have come on each so far, once all have had one."""
    events, loop = [0] * STREAMS, asyncio.new_event_loop()

    async def follow(number: int, job_id: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stack.api_port, limit=1 << 20)
        try:
            writer.write(f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            while line := await reader.readline():
                events[number] += line.startswith(b"data: ")
        finally:
            writer.close()

    async def follow_all() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(STREAMS):
                group.create_task(follow(number, job_ids[number % JOBS]))

    everything = loop.create_task(follow_all())
    thread = threading.Thread(target=_run, args=(loop, everything))
    thread.start()
    try:
        deadline = time.monotonic() + _OPEN_WITHIN_S
        while not all(events):
            if everything.done() or time.monotonic() > deadline:
                raise RuntimeError(f"{sum(map(bool, events))} of {STREAMS} streams have sent something")
            time.sleep(_GET_EVERY_S)
        yield events
    finally:
        loop.call_soon_threadsafe(everything.cancel)
        thread.join()


def _run(loop: asyncio.AbstractEventLoop, everything: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(everything)
    except asyncio.CancelledError:
        pass
    finally:
        loop.close()
