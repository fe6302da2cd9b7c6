"""Watches a job until it is over, also when the connection is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from florescope.errors import ApiUnreachable, Refused, WaitTimeout
from florescope.http import request_quota
from florescope.http.connection import TIMEOUT_S, Connection, NoStream
from florescope.http.job_calls import ask_job, job_path, read_view
from florescope.job_view import JobView

Answer = TypeVar("Answer")
PAUSE_S = 1.0
PATIENCE_S = 60.0
HEARTBEAT_S = 10.0
"""The longest silence of the API's streams while all is well."""


@dataclass(frozen=True)
class Waiting:
    """How to wait.

    Attributes:
        limit_s: how long in all, or None for as long as it takes.
        patience_s: how long for an API that does not answer.
        pause_s: between two questions.
    """

    limit_s: float | None = None
    patience_s: float = PATIENCE_S
    pause_s: float = PAUSE_S


def follow(connection: Connection, job_id: str, waiting: Waiting) -> Iterator[JobView]:
    """Yield the job whenever it changes, until it is over.

    Reads the API's event stream; where there is none, or it breaks, asks again and again.

    Raises:
        ApiUnreachable: no answer for ``patience_s`` seconds.
        WaitTimeout: the job was asked for, and is not over after ``limit_s`` seconds.
    """
    deadline = _Deadline(job_id, waiting.limit_s)
    listen = True
    while True:
        if listen and not deadline.near:
            try:
                for view in _events(connection, job_id, deadline):
                    yield view
                    if view.over:
                        return
            except (NoStream, Refused) as error:
                listen = isinstance(error, Refused) and request_quota.pause_s(error) is not None
            except ApiUnreachable:
                pass  # asked again below, with patience
        view = ask_until_answered(lambda: ask_job(connection, "GET", job_path(job_id)), waiting, deadline.check)
        yield view
        if view.over:
            return
        deadline.check()
        time.sleep(deadline.within(waiting.pause_s))


def ask_until_answered(ask: Callable[[], Answer], waiting: Waiting, check: Callable[[], None] = lambda: None) -> Answer:
    """Ask repeatedly until the API answers, also where a quota of requests is used up; ``check`` may end that.

    Raises:
        ApiUnreachable: no answer for ``patience_s`` seconds.
        Refused: for another reason than that quota.
    """
    patient_until = time.monotonic() + waiting.patience_s
    while True:
        try:
            return ask()
        except ApiUnreachable:
            check()
            if time.monotonic() + waiting.pause_s > patient_until:
                raise
            time.sleep(waiting.pause_s)
        except Refused as refusal:
            wait_s = request_quota.pause_s(refusal)
            if wait_s is None or not waiting.patience_s:
                raise
            _rest(wait_s, waiting, check)


def _rest(seconds: float, waiting: Waiting, check: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left_s, waiting.pause_s))


class _Deadline:
    def __init__(self, job_id: str, limit_s: float | None) -> None:
        self._job_id = job_id
        self._limit_s = limit_s
        self._end = None if limit_s is None else time.monotonic() + limit_s

    def within(self, seconds: float) -> float:
        """So many seconds, or what is left of them."""
        return seconds if self._end is None else max(0.0, min(seconds, self._end - time.monotonic()))

    @property
    def near(self) -> bool:
        """Whether a silent stream would be read beyond it."""
        return self.within(HEARTBEAT_S) < HEARTBEAT_S

    def check(self) -> None:
        if self._end is not None and time.monotonic() >= self._end:
            raise WaitTimeout(f"job {self._job_id} is not over after {self._limit_s:g} s; it goes on")


def _events(connection: Connection, job_id: str, deadline: _Deadline) -> Iterator[JobView]:
    """The job as a stream tells of it, until the deadline is near."""
    silence_s = deadline.within(TIMEOUT_S)
    for document in connection.events(f"{job_path(job_id)}/events", silence_s=silence_s):
        if document is not None:
            yield read_view(connection, document)
        if deadline.near:
            return
