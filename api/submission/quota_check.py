"""Holds submissions and requests against the quotas of the caller's key and project."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from fastapi import HTTPException
from ulid import ULID

from api.http.caller import Caller, current_caller
from api.submission.image_count import ImageCount
from api.submission.room import Room
from dispatch.board import Board
from dispatch.idempotency_note import IdempotencyNote
from dispatch.identity.project_quotas import read_quota
from dispatch.identity.quota_book import Exceeded, Holder, Reservation
from dispatch.submission import Submission, idempotency_note
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt, NewerVersion, ObjectNotFound, StoreUnavailable
from jobs.identity.quota import NO_QUOTA, Quota
from jobs.specs.spec import AnySpec
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
KEPT_S = 5.0
"""The quota of a project that was changed counts after so long at the latest."""
_MOST_KEPT = 1000
RETRY_S = 30
"""When to try again where that depends on jobs that end."""


@dataclass
class Reserved:
    """What was reserved for a submission; ``confirm`` makes it count."""

    board: Board
    reservation: Reservation | None = None
    submission: Submission | None = field(default=None)

    def confirm(self, submission: Submission) -> None:
        """Let the job count until it is over. One that was there before counts already."""
        self.submission = submission
        if self.reservation is not None and submission.created:
            with suppress(BoardUnavailable):  # what was reserved counts for a minute, then the job no longer does
                self.board.quotas.confirm(self.reservation, submission.job.id)


class QuotaCheck:
    """Asks Redis only where somebody has a quota."""

    def __init__(self, store: ObjectStore, board: Board, count: ImageCount) -> None:
        self._store = store
        self._board = board
        self._count = count
        self.room = Room(store, board, self._holders)
        self._kept: dict[str, tuple[float, Quota]] = {}

    @contextmanager
    def reserved(self, spec: AnySpec, *, project: str, idempotency_key: str | None) -> Iterator[Reserved]:
        """Count a job that is submitted now, of the caller's key and of this project, unless it was submitted before.

        Raises:
            HTTPException: 429, with the bound that does not allow it.
            BoardUnavailable: Redis does not answer.
        """
        self.room.take(0)
        made = Reserved(self._board)
        holders = [each for each in self._holders(current_caller(), project) if _bounds_jobs(each.quota)]
        if holders and not self._known(idempotency_key, project):
            made.reservation = self._reserve(spec, holders)
        try:
            yield made
        finally:
            if made.reservation is not None and (made.submission is None or not made.submission.created):
                with suppress(BoardUnavailable):
                    self._board.quotas.release(made.reservation)

    def check_request(self, caller: Caller) -> None:
        """Count a request of the caller's key and project; while Redis is away, none is counted.

        Raises:
            HTTPException: 429.
        """
        for holder in self._holders(caller, caller.project):
            wait_s = 0
            with suppress(BoardUnavailable):
                wait_s = self._board.quotas.request(holder)
            if wait_s:
                raise _too_many(
                    f"{holder.in_words()} may make {holder.quota.requests_per_minute} requests a minute", wait_s
                )

    def bounds_requests(self, caller: Caller) -> bool:
        """Whether requests of this caller may have a bound, as far as that is known without asking anybody."""
        until, quota = self._kept.get(caller.project, (0.0, NO_QUOTA))
        unknown = bool(caller.project) and time.monotonic() >= until
        bounds = (caller.quota.requests_per_minute, quota.requests_per_minute)
        return bool(caller.key_id) and (unknown or any(bound is not None for bound in bounds))

    def _holders(self, caller: Caller, project: str) -> Iterator[Holder]:
        if caller.key_id and caller.quota != NO_QUOTA:
            yield Holder(f"key:{caller.key_id}", caller.quota)
        if caller.key_id and project:
            yield Holder(f"project:{project}", self._project_quota(project))

    def _project_quota(self, project: str) -> Quota:
        until, quota = self._kept.get(project, (0.0, NO_QUOTA))
        if time.monotonic() >= until:
            quota = self._read_quota(project)
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            self._kept[project] = time.monotonic() + KEPT_S, quota
        return quota

    def _read_quota(self, project: str) -> Quota:
        """What the store says of a project; while it does not answer, or that cannot be read, what it said last.

        What cannot be read is no bound where nothing is known: else nobody of the project could set it anew.
        """
        try:
            return read_quota(project, self._store)
        except StoreUnavailable:
            if project not in self._kept:
                raise
        except (Corrupt, NewerVersion) as error:
            _log.error("quota_unreadable", project=project, error=str(error))
        return self._kept.get(project, (0.0, NO_QUOTA))[1]

    def _known(self, idempotency_key: str | None, project: str) -> bool:
        """Whether the same submission made a job before: it is answered with that."""
        if idempotency_key is None:
            return False
        try:
            note = IdempotencyNote.decode(self._store.get(idempotency_note(idempotency_key, project=project)))
        except (ObjectNotFound, Corrupt, NewerVersion):
            return False
        return self._store.head(keys.spec(note.job_id)) is not None

    def _reserve(self, spec: AnySpec, holders: list[Holder]) -> Reservation:
        bounded = any(each.quota.images_per_day is not None for each in holders)
        images, token = self._count.of(spec) if bounded else 0, str(ULID())
        found = self._board.quotas.reserve(holders, token, images=images)
        if isinstance(found, Exceeded) and found.bound == "active_jobs":
            listed_at_s = self._board.time_s()
            active = [keys.job_of_active(info.key) for info in self._store.list(keys.ACTIVE_PREFIX)]
            for each in holders:
                self._board.quotas.settle(each, active, listed_at_s=listed_at_s)
            found = self._board.quotas.reserve(holders, token, images=images)
        if isinstance(found, Exceeded):
            raise _refusal(found, images)
        return found


def _bounds_jobs(quota: Quota) -> bool:
    return quota.active_jobs is not None or quota.images_per_day is not None


def _refusal(found: Exceeded, images: int) -> HTTPException:
    who, quota = found.holder.in_words(), found.holder.quota
    if found.bound == "active_jobs":
        return _too_many(
            f"{who} may have {quota.active_jobs} jobs at a time that are not over, and has {found.used}: wait until "
            "one ends, or cancel one",
            RETRY_S,
        )
    return _too_many(
        f"{who} may submit jobs of {quota.images_per_day} images a day (UTC), has submitted {found.used}, and this "
        f"job has {images}: submit it tomorrow, or a slice of the split now",
        found.retry_after_s,
    )


def _too_many(detail: str, retry_after_s: int) -> HTTPException:
    return HTTPException(429, f"{detail}; an admin can set another quota", headers={"Retry-After": str(retry_after_s)})
