"""Sends what this process logs of a job to the job's own log on the board, so that its user can read it."""

from __future__ import annotations

import json
import logging
import math
import queue
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from pydantic import JsonValue

from dispatch.board import Board
from jobs.live.log_line import LogLine
from workers.step.attempts import Attempts

MOST_WAITING = 1000
FLUSH_LIMIT_S = 2.0
_LONGEST_TEXT = 2000
_OWN = frozenset({"event", "level", "timestamp", "job_id", "step", "logger"})
_LEVELS = {"warn": "warning", "exception": "error"}
Item = tuple[str, LogLine] | threading.Event


class JobLogHandler(logging.Handler):
    """A thread of its own sends the lines: a Redis that is slow or away slows no work down, and costs lines at most."""

    def __init__(self, board: Board, worker: str) -> None:
        super().__init__(logging.INFO)
        self._board = board
        self._worker = worker
        self._waiting: queue.Queue[Item] = queue.Queue(MOST_WAITING)
        self._attempts = Attempts("job_log_not_sent")
        threading.Thread(target=self._run, name="job-log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line that is of a job; where too many wait, it is left out."""
        found = line_of(record, worker=self._worker)
        if found is not None:
            with suppress(queue.Full):
                self._waiting.put_nowait(found)

    def flush_to_board(self, *, within_s: float = FLUSH_LIMIT_S) -> None:
        """Wait until the lines so far are sent, but not for long."""
        sent = threading.Event()
        try:
            self._waiting.put(sent, timeout=within_s)
        except queue.Full:
            return
        sent.wait(within_s)

    def _run(self) -> None:
        while True:
            items = [self._waiting.get()]
            while not self._waiting.empty():
                items.append(self._waiting.get())
            self._attempts.run(partial(self._send, items))
            for item in items:
                if isinstance(item, threading.Event):
                    item.set()

    def _send(self, items: Iterable[Item]) -> None:
        by_job = defaultdict[str, list[LogLine]](list)
        for item in items:
            if not isinstance(item, threading.Event):
                by_job[item[0]].append(item[1])
        for job_id, lines in by_job.items():
            self._board.log.add(job_id, lines)


def line_of(record: logging.LogRecord, *, worker: str) -> tuple[str, LogLine] | None:
    """The job and its line that a record makes; None of records that are of no job.

    Libraries do not say for which job they work: their warnings belong to the job that this thread works on.
    """
    about = structlog.contextvars.get_contextvars()
    known: dict[str, Any] = {**about, **record.msg} if isinstance(record.msg, dict) else {**about, **_foreign(record)}
    job_id = known.get("job_id")
    if not isinstance(job_id, str) or (record.levelno < logging.WARNING and not isinstance(record.msg, dict)):
        return None
    level = record.levelname.lower()
    fields = {str(name): _value(value) for name, value in known.items() if name not in _OWN and value is not None}
    return job_id, LogLine(
        at=datetime.fromtimestamp(record.created, UTC),
        level=_LEVELS.get(level, level),
        event=str(known.get("event", "")),
        worker=worker,
        step=str(known.get("step", "")),
        fields=fields,
    )


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    return {"event": record.getMessage()[:_LONGEST_TEXT], "from": record.name}


def _value(value: object) -> JsonValue:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)[:_LONGEST_TEXT] if isinstance(value, str) else json.dumps(value, default=str)[:_LONGEST_TEXT]


def attach(board: Board, worker: str) -> None:
    """Send the log of this process from now on, once."""
    root = logging.getLogger()
    if not any(isinstance(each, JobLogHandler) for each in root.handlers):
        root.addHandler(JobLogHandler(board, worker))


def flush() -> None:
    """Wait until what this process logged so far is on the board, but not for long."""
    for each in logging.getLogger().handlers:
        if isinstance(each, JobLogHandler):
            each.flush_to_board()
