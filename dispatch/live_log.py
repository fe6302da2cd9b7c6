"""Keeps in Redis what workers say of a job while it runs: the last lines, in a stream that expires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import translated
from jobs.errors import Corrupt
from jobs.live.log_line import MOST_LINES, LogLine, place_of

KEPT_AFTER_END_S = 3600


class LiveLog:
    """The logs of jobs that run."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys

    def add(self, job_id: str, lines: Sequence[LogLine]) -> None:
        """Add lines, whose ids Redis gives; the oldest go where there are too many."""
        key = self._keys.of("log", job_id)
        with translated(self._keys.client), self._keys.client.pipeline(transaction=False) as pipeline:
            for line in lines:
                text = line.model_dump_json(exclude={"id"})
                pipeline.xadd(key, {"line": text}, maxlen=MOST_LINES, approximate=True)
            pipeline.expire(key, KEPT_S)
            pipeline.execute()

    def lines(self, job_id: str, *, after: str = "") -> list[LogLine]:
        """All lines behind the line ``after``, in their order; of lines that cannot be read, none."""
        time_ms, number = place_of(after)
        start = f"({time_ms}-{number}" if time_ms >= 0 else "-"
        with translated(self._keys.client):
            found: Any = self._keys.client.xrange(self._keys.of("log", job_id), min=start)
        read = (_read(line_id, fields) for line_id, fields in found)
        return [line for line in read if line is not None]

    def let_go(self, job_id: str) -> None:
        """Keep the log of a job that is over for an hour more."""
        with translated(self._keys.client):
            self._keys.client.expire(self._keys.of("log", job_id), KEPT_AFTER_END_S)


def _read(line_id: str, fields: dict[str, str]) -> LogLine | None:
    try:
        return LogLine.decode(fields["line"].encode()).model_copy(update={"id": line_id})
    except (Corrupt, KeyError):
        return None
