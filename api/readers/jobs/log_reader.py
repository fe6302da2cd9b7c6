"""Reads the log of a job: what is stored of it, and what lies on the board."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from starlette.concurrency import run_in_threadpool

from api.readers.jobs.event_stream import HEARTBEAT_S, sse_event, sse_silence
from dispatch.board import Board
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, NewerVersion, ObjectNotFound, Retryable
from jobs.live.log_line import MOST_LINES, LogLine, StoredLog, place_of
from store.base import ObjectStore

LOOK_EVERY_S = 1.0


class LogReader:
    """The logs of jobs."""

    def __init__(self, store: ObjectStore, board: Board) -> None:
        self._store = store
        self._board = board

    def lines(self, job_id: str, *, after: str = "", limit: int = MOST_LINES) -> list[LogLine]:
        """Lines in their order, those behind the line ``after``; without the board, what is stored.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        stored = self._stored(job_id)
        last = max((after, *(line.id for line in stored)), key=place_of)
        try:
            live = self._board.log.lines(job_id, after=last)
        except BoardUnavailable:
            if not self.is_over(job_id):
                raise
            live = []
        behind = [line for line in stored if line.place > place_of(after)]
        return [*behind, *live][:limit]

    def is_over(self, job_id: str) -> bool:
        """Whether no more is to be expected of a job but what its last worker still says."""
        return self._store.head(keys.end(job_id)) is not None

    def _stored(self, job_id: str) -> tuple[LogLine, ...]:
        try:
            return StoredLog.decode(self._store.get(keys.log(job_id))).lines
        except (ObjectNotFound, Corrupt, NewerVersion):
            return ()


async def log_events(reader: LogReader, job_id: str, *, after: str) -> AsyncIterator[bytes]:
    """Send each line as it comes, from the one behind ``after`` until the job is over."""
    silent_s, over = 0.0, False
    while True:
        try:
            was_over = over
            over = await run_in_threadpool(reader.is_over, job_id)
            lines = await run_in_threadpool(lambda: reader.lines(job_id, after=after))  # noqa: B023  (called at once)
        except Retryable:
            lines, was_over = [], False
        for line in lines:
            after = line.id
            yield sse_event(line.model_dump_json(), name="line", event_id=line.id)
        if was_over:
            yield sse_event("{}", name="end", event_id=after or "0-0")
            return
        silent_s = 0.0 if lines else silent_s + LOOK_EVERY_S
        if silent_s >= HEARTBEAT_S:
            silent_s = 0.0
            yield sse_silence()
        await anyio.sleep(LOOK_EVERY_S)
