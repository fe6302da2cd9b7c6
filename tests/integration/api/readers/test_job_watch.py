"""Streams of events: however many there are, the store and Redis are asked as if there was one."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

import pytest

from api.readers.jobs.event_stream import job_events
from api.readers.jobs.job_reader import JobReader
from api.readers.jobs.job_watch import JobWatch
from api.readers.queue_reader import QueueReader
from dispatch.connection import Connection
from jobs.errors import StoreUnavailable
from jobs.job import JobResource, Snapshot
from jobs.live.progress import Progress
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.counting_store import CountingStore
from tests.services.redis_calls import counted_round_trips
from tests.services.stored_jobs import end_stored_job, store_job

LOOK_EVERY_S = 0.02
LIMIT_S = 120
DATA = re.compile("^data: (.*)$", re.MULTILINE)


class CountingReader:
    """Reads jobs as the API does; ``costs`` holds the calls to the store and to Redis of each look."""

    def __init__(self, store: MemoryStore, connection: Connection) -> None:
        self._store = CountingStore(store)
        queues = QueueReader(connection.board, connection.queue, store)
        self._jobs = JobReader(self._store, connection.board, queues)
        self.costs: list[tuple[tuple[str, ...], int]] = []
        self.broken = False

    def __call__(self, job_ids: Sequence[str]) -> list[JobResource]:
        if self.broken:
            raise StoreUnavailable("away")
        self._store.calls.clear()
        with counted_round_trips() as round_trips:
            jobs = list(self._jobs.watched(job_ids))
            self.costs.append((tuple(self._store.calls), round_trips()))
        return jobs


class Streams:
    """Streams of jobs, all of which are followed at once; ``events`` holds those of each."""

    def __init__(self, reader: CountingReader) -> None:
        self.reader = reader
        self._watch = JobWatch(reader, every_s=LOOK_EVERY_S)
        self.events: list[list[str]] = []

    async def follow(self, job_id: str) -> None:
        self.events.append(mine := [])
        async for event in job_events(self._watch, job_id, seen=None):
            mine.append(event.decode())

    async def until_all_have(self, count: int) -> None:
        while not self.events or any(len(each) < count for each in self.events):
            await asyncio.sleep(LOOK_EVERY_S)

    async def looked(self, times: int) -> None:
        """Wait for so many looks."""
        before = len(self.reader.costs)
        while len(self.reader.costs) < before + times:
            await asyncio.sleep(LOOK_EVERY_S)


def publish(connection: Connection, job_id: str, done: int) -> None:
    progress = Progress(done=done, total=9)
    connection.board.progress.publish(Snapshot(job_id=job_id, state=JobState.RUNNING, progress=progress))


def running_jobs(connection: Connection, count: int) -> tuple[MemoryStore, list[str]]:
    store = MemoryStore("jobs that run")
    job_ids = [store_job(store, number) for number in range(count)]
    for job_id in job_ids:
        publish(connection, job_id, done=1)
    return store, job_ids


async def cost_of_a_look(reader: CountingReader, job_ids: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Of those that are made while there is a stream of each of these."""
    streams = Streams(reader)
    async with asyncio.timeout(LIMIT_S):
        followers = [asyncio.create_task(streams.follow(job_id)) for job_id in job_ids]
        await streams.looked(1)
        await streams.until_all_have(1)
        await streams.looked(3)
    for follower in followers:
        follower.cancel()
    assert reader.costs[-1] == reader.costs[-2]
    return reader.costs[-1]


@pytest.mark.parametrize("jobs", [1, 40])
def test_a_look_costs_400_streams_the_calls_of_one(connection: Connection, jobs: int) -> None:
    costs = []
    for streams in (1, 400):
        store, job_ids = running_jobs(connection, jobs)
        followed = [job_ids[number % jobs] for number in range(streams)]
        costs.append(asyncio.run(cost_of_a_look(CountingReader(store, connection), followed)))
    assert costs[0] == costs[1] == (("list index/remarks/", "list active/"), 3)


def test_all_streams_of_a_job_tell_the_same_to_its_end(connection: Connection) -> None:
    store, (job_id,) = running_jobs(connection, 1)

    async def followed() -> list[list[str]]:
        streams = Streams(CountingReader(store, connection))
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(streams.follow(job_id))
            await asyncio.sleep(0)
            await streams.until_all_have(1)
            publish(connection, job_id, done=2)
            await streams.until_all_have(2)
            end_stored_job(store, job_id)
        return streams.events

    events = asyncio.run(followed())
    assert len(events) == 20
    assert all(each == events[0] for each in events)
    assert [json.loads(DATA.findall(event)[0])["state"] for event in events[0]] == ["running", "running", "succeeded"]


def test_a_stream_goes_on_where_it_was_after_an_outage(connection: Connection) -> None:
    store, (job_id,) = running_jobs(connection, 1)

    async def followed() -> list[str]:
        streams = Streams(reader := CountingReader(store, connection))
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            group.create_task(streams.follow(job_id))
            await streams.until_all_have(1)
            reader.broken = True
            publish(connection, job_id, done=2)
            await asyncio.sleep(5 * LOOK_EVERY_S)
            assert len(streams.events[0]) == 1
            reader.broken = False
            await streams.until_all_have(2)
            end_stored_job(store, job_id)
        return streams.events[0]

    assert len(asyncio.run(followed())) == 3


def test_nothing_is_looked_at_once_nobody_watches(connection: Connection) -> None:
    store, (job_id,) = running_jobs(connection, 1)

    async def looks_after_the_end() -> int:
        streams = Streams(reader := CountingReader(store, connection))
        async with asyncio.timeout(LIMIT_S):
            follower = asyncio.create_task(streams.follow(job_id))
            await streams.until_all_have(1)
            follower.cancel()
            await asyncio.sleep(3 * LOOK_EVERY_S)
        before = len(reader.costs)
        await asyncio.sleep(5 * LOOK_EVERY_S)
        return len(reader.costs) - before

    assert asyncio.run(looks_after_the_end()) == 0
