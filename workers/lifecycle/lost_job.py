"""A job of which a step is lost: the store says what has to be done about it."""

from __future__ import annotations

import math
from collections.abc import Set
from enum import Enum, auto

import structlog
from ulid import ULID

from dispatch.job_looks import JobLook
from dispatch.metrics.table import LOST, UNKNOWN
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job, Problem
from jobs.plan import FINALIZE, PLAN
from jobs.state import JobState
from workers.lifecycle.advance_job import fill_window, rebuild
from workers.lifecycle.end_job import bare_end, close, read_end, write_end
from workers.lifecycle.reports import read_plan
from workers.step import tally
from workers.step.services import Services

_log = structlog.get_logger(__name__)
# A marker without a specification belongs to a submission under way, or to one that failed so long ago.
SUBMISSION_LIMIT_S = 600.0
# A job that cannot be read is given so long, in case a worker of another version takes it up.
UNREADABLE_LIMIT_S = 60.0


class Standing(Enum):
    """Where a job stands by the store."""

    OVER = auto()
    CANCELLED = auto()
    GOES_ON = auto()


def close_or_stop(job_id: str, services: Services) -> Standing:
    """Take a job that has ended off the active list; have one stopped that was cancelled while Redis was away."""
    if services.store.head(keys.end(job_id)) is not None:
        close(read_end(job_id, services), services)
        return Standing.OVER
    if services.store.head(keys.cancel(job_id)) is not None:
        services.board.stop(job_id)
        return Standing.CANCELLED
    return Standing.GOES_ON


def enqueue_again(job_id: str, step: str, services: Services) -> None:
    """Send the step's message once more."""
    services.board.counters.clear_due(job_id, step)
    services.board.counters.clear_missing(job_id, step)
    services.queue.enqueue(job_id, step)
    _log.info("step_enqueued_again", job_id=job_id, step=step)


class LostJob:
    """A job of which a step is lost, as the board showed it."""

    def __init__(self, look: JobLook, services: Services, *, grace_s: float) -> None:
        self._look = look
        self._id = look.job_id
        self._services = services
        self._grace_s = grace_s

    def revive(self, present: Set[str]) -> int:
        """Enqueue what has been missing for long enough, but for ``present``; returns how many steps."""
        standing = close_or_stop(self._id, self._services)
        if standing is Standing.OVER:
            return 0
        try:
            Job.decode(self._services.store.get(keys.spec(self._id)))
        except ObjectNotFound:
            self._remove_marker()
            return 0
        except (Corrupt, NewerVersion) as error:
            return self._unreadable(error, present, cancelled=standing is Standing.CANCELLED)
        return self._revive(self._wanted(cancelled=standing is Standing.CANCELLED), present)

    def _wanted(self, *, cancelled: bool) -> list[str]:
        """Steps that should be waiting in a queue or be worked on now."""
        if cancelled:
            return [FINALIZE]
        try:
            plan = read_plan(self._id, self._services)
        except Corrupt:
            return [FINALIZE]  # which ends the job with this as its problem
        if plan is None:
            return [PLAN]
        windows = self._services.windows
        if not windows.begun(self._id):
            rebuild(self._id, self._services)
            _log.info("board_rebuilt", job_id=self._id)
        out = windows.out(self._id)
        exhausted = fill_window(self._id, self._services)
        return out or ([FINALIZE] if exhausted else [])

    def _revive(self, wanted: list[str], present: Set[str]) -> int:
        here = self._services.leases.held(self._id, wanted) | present | self._look.later
        counters = self._services.board.counters
        counters.clear_missing(self._id, *(step for step in wanted if step in here))
        revived = 0
        for step in wanted:
            if step not in here and (
                step in self._look.due or counters.seconds_missing(self._id, step) >= self._grace_s
            ):
                enqueue_again(self._id, step, self._services)
                revived += 1
                if step not in self._look.due:
                    tally.step_retried(LOST, self._services)
        return revived

    def _unreadable(self, error: Corrupt | NewerVersion, present: Set[str], *, cancelled: bool) -> int:
        """End a job that is damaged, or cancelled; one of a newer release is left to workers that can read it."""
        seconds = self._services.board.counters.seconds_unreadable(self._id)
        if seconds == 0:
            _log.warning("job_unreadable", job_id=self._id, error=str(error))
        if seconds >= UNREADABLE_LIMIT_S and (cancelled or isinstance(error, Corrupt)):
            state = JobState.CANCELLED if cancelled else JobState.FAILED
            write_end(bare_end(self._id, state, Problem(message=str(error))), self._services, kind=UNKNOWN)
            return 0
        if isinstance(error, Corrupt):
            return 0
        revived = self._revive(list(self._look.wanted), present)
        for step in self._look.wanted if revived else ():
            self._services.board.counters.postpone(self._id, step, delay_s=UNREADABLE_LIMIT_S)
        return revived

    def _remove_marker(self) -> None:
        store = self._services.store
        if self._services.board.time_s() - _made_at(self._id) > SUBMISSION_LIMIT_S:
            store.delete(keys.active(self._id))
            if store.head(keys.spec(self._id)) is not None:  # an old key was sent again meanwhile
                store.put(keys.active(self._id), b"")


def _made_at(job_id: str) -> float:
    """When a job got its id, in seconds since the epoch; ids that tell no time are old."""
    try:
        return float(ULID.from_str(job_id.upper()).timestamp)
    except ValueError:
        return -math.inf
