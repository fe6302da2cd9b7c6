"""One job as the API tells of it: its state now, and waiting for its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from florescope.errors import JobFailed
from florescope.follow import PATIENCE_S, Waiting, follow
from florescope.http.connection import Connection
from florescope.http.job_calls import ask_job, job_path
from florescope.job_view import JobView, ProgressView
from jobs.state import USABLE, JobState

_LONG_PATIENCE_S = 600.0
_ENDS = {JobState.FAILED: "failed", JobState.CANCELLED: "was cancelled"}


class WatchedJob:
    """What a job is now. What may still change is asked for when it is read; after its end, nothing changes."""

    def __init__(self, connection: Connection, view: JobView) -> None:
        self._connection = connection
        self._last = view

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: {self.kind}, {self._last.state.value}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WatchedJob) and (other.id, other._connection.url) == (self.id, self._connection.url)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id(self) -> str:
        """What the API calls it."""
        return self._last.id

    @property
    def kind(self) -> str:
        """For example ``train`` or ``explain``."""
        return self._last.kind

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for, with all defaults."""
        return self._last.spec

    @property
    def last(self) -> JobView:
        """The job as the API told of it last; asks nothing."""
        return self._last

    @property
    def state(self) -> JobState:
        """Its state now."""
        return self.refresh().state

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.refresh().over

    @property
    def progress(self) -> ProgressView:
        """How far it is now."""
        return self.refresh().progress

    @property
    def error(self) -> str:
        """Why it failed; empty where it did not."""
        return self.refresh().error

    def summary(self) -> dict[str, Any]:
        """What came of it, in numbers; empty before its end."""
        return self.refresh().summary

    def refresh(self) -> JobView:
        """Ask for the job as it is now; one that is over is not asked for again."""
        if not self._last.over:
            self._last = ask_job(self._connection, "GET", job_path(self.id))
        return self._last

    def follow(self, *, timeout_s: float | None = None, patience_s: float = PATIENCE_S) -> Iterator[JobView]:
        """The job whenever it changes, until it is over; see ``wait``."""
        for view in follow(self._connection, self.id, Waiting(limit_s=timeout_s, patience_s=patience_s)):
            self._last = view
            yield view

    def wait(self, timeout_s: float | None = None, *, patience_s: float = _LONG_PATIENCE_S, check: bool = True) -> Self:
        """Wait until the job is over, also across restarts of the API; return the job.

        Args:
            timeout_s: how long at most; None for as long as it takes.
            patience_s: how long for an API that does not answer.
            check: raise if the job failed or was cancelled.

        Raises:
            WaitTimeout: it is not over yet; it goes on.
            JobFailed: it failed or was cancelled.
            ApiUnreachable: the API did not answer for ``patience_s`` seconds.
        """
        if not self._last.over:
            for _ in self.follow(timeout_s=timeout_s, patience_s=patience_s):
                pass
        if check and self._last.state not in USABLE:
            reason = self._last.error or self._last.progress.message
            raise JobFailed(f"job {self.id} {_ENDS[self._last.state]}{f': {reason}' if reason else ''}")
        return self
