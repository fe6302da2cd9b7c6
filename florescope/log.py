"""Reads what workers said of a job, also while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from florescope.follow import Waiting, ask_until_answered
from florescope.http.connection import Connection, Json
from florescope.http.job_calls import job_path


@dataclass(frozen=True)
class LogLine:
    """What a process did for a job.

    Attributes:
        at: when, in UTC (ISO 8601).
        level: ``debug``, ``info``, ``warning``, ``error`` or ``critical``.
        event: what happened, in a word, such as ``step_taken``.
        step: of the job; empty where it was none.
        worker: who did it; empty where no worker did.
        fields: what else is known of it.
    """

    at: str
    level: str
    event: str
    step: str
    worker: str
    fields: dict[str, Any]


def read_log(connection: Connection, job_id: str, *, follow: Waiting | None = None) -> Iterator[LogLine]:
    """The lines that there are; with ``follow``, those that come, too, until the job is over.

    Raises:
        ApiUnreachable: no answer; with ``follow``, for as long as its patience lasts.
    """
    after = ""
    while True:
        page = _page(connection, job_id, after, follow or Waiting(patience_s=0))
        yield from map(_line, page["items"])
        after, before = page["next"], after
        if page["over"] or (follow is None and after == before):
            return
        if follow is not None and after == before:
            time.sleep(follow.pause_s)


def _page(connection: Connection, job_id: str, after: str, waiting: Waiting) -> Json:
    query = {"after": after} if after else {}
    return ask_until_answered(
        lambda: connection.call("GET", f"{job_path(job_id)}/log", params=query, holds="over"), waiting
    )


def _line(item: Json) -> LogLine:
    texts = {name: str(item.get(name) or "") for name in ("at", "level", "event", "step", "worker")}
    return LogLine(**texts, fields=dict(item.get("fields") or {}))
