"""Reasons to leave a step before its end; none of them is a failure of the step."""

from __future__ import annotations

from jobs.errors import JobError


class Interruption(JobError):
    """A reason to leave a step before its end; the step has not failed."""


class Cancelled(Interruption):
    """Somebody asked for the job to stop, or it has ended already."""


class LeaseLost(Interruption):
    """Another worker has the step: commit nothing."""


class Stopping(Interruption):
    """This worker process was asked to leave: another one goes on from here."""


class Paused(Interruption):
    """Somebody paused the job: the step goes on from here once it is resumed."""


class Waiting(Interruption):
    """There is nothing to do yet: look again after a while."""

    def __init__(self, message: str, *, delay_s: float) -> None:
        super().__init__(message)
        self.delay_s = delay_s
