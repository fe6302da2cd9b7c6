"""Reads jobs as the API shows them: from the store, and from the live board while they run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from api.readers.job_index import JobIndex
from api.readers.unreadable import Unreadable
from api.readers.unreadable_job import as_row
from dispatch.board import Board
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job, JobEnd, JobResource, Snapshot, resource
from jobs.state import JobState
from store.base import ObjectStore
from store.key import InvalidKey

CACHED_JOBS = 4096
BATCH = 50


@dataclass(frozen=True)
class JobQuery:
    """Which jobs to list: all filters must match.

    Attributes:
        parent: the sweep whose trials are meant; empty: jobs that are no trials.
        after: the last id of the page before.
    """

    kind: str | None = None
    state: JobState | None = None
    parent: str | None = None
    limit: int = 50
    after: str | None = None

    def matches(self, job: JobResource) -> bool:
        """Whether the job passes all filters."""
        wanted = (self.kind, self.state, self.parent)
        got = (job.kind, job.state, job.parent or "")
        return all(want in {None, value} for want, value in zip(wanted, got, strict=True))


class JobReader:
    """Reads jobs; keeps those parts that never change."""

    def __init__(self, store: ObjectStore, board: Board) -> None:
        self._store = store
        self._board = board
        self._index = JobIndex(store)
        self._job = lru_cache(CACHED_JOBS)(self._load_job)
        self._stored_end = lru_cache(CACHED_JOBS)(self._load_end)

    def job(self, job_id: str) -> Job:
        """What was asked for.

        Raises:
            ObjectNotFound: there is no such job.
            Unreadable: there is, and it cannot be read.
        """
        try:
            return self._job(job_id)
        except (ObjectNotFound, InvalidKey) as error:
            raise ObjectNotFound(f"there is no job {job_id!r}: GET /v1/jobs lists those there are") from error
        except (Corrupt, NewerVersion) as error:
            raise Unreadable(f"job {job_id}: {error}") from error

    def end(self, job_id: str) -> JobEnd | None:
        """How the job ended, or None while it is not over.

        Raises:
            Unreadable: it is over, and its end cannot be read.
        """
        try:
            return self._stored_end(job_id)
        except ObjectNotFound:
            return None
        except (Corrupt, NewerVersion) as error:
            raise Unreadable(f"job {job_id}: {error}") from error

    def resource(self, job_id: str, *, live: bool = True) -> JobResource:
        """One job as the API shows it.

        Args:
            job_id: which.
            live: ask the board too; without it, a job that is not over shows as queued.

        Raises:
            ObjectNotFound: there is no such job.
            Unreadable: there is, and it cannot be read.
            BoardUnavailable: the job is not over and the board does not answer.
        """
        job = self.job(job_id)
        end = self.end(job_id)
        snapshot = self._board.progress.snapshot(job_id) if live and end is None else None
        return self._join(job, snapshot, end)

    def row(self, job_id: str, *, live: bool = True) -> JobResource:
        """One job as lists show it: also where it cannot be read.

        Raises:
            ObjectNotFound: there is no such job.
            BoardUnavailable: see ``resource``.
        """
        with suppress(Unreadable):
            return self.resource(job_id, live=live)
        return next(self.resources([job_id], live=live))

    def page(self, query: JobQuery, *, live: bool = True) -> tuple[list[JobResource], str | None]:
        """Jobs that match, newest first, and the ``after`` of the next page (None at the end)."""
        ids = [job_id for job_id in self._index.newest_first() if query.after is None or job_id < query.after]
        matching = (job for job in self.resources(ids, live=live) if query.matches(job))
        found = list(islice(matching, query.limit + 1))
        shown = found[: query.limit]
        return shown, shown[-1].id if len(found) > query.limit else None

    def resources(self, ids: Sequence[str], *, live: bool) -> Iterator[JobResource]:
        """Those of these jobs that there are, in this order; of one that cannot be read, a row that says why."""
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            ends = {job_id: end for job_id in batch if (end := self._readable_end(job_id)) is not None}
            running = [job_id for job_id in batch if job_id not in ends]
            snapshots = self._board.progress.snapshots(running) if live else {}
            for job_id in batch:
                with suppress(ObjectNotFound):  # a submission that was taken back
                    yield self._row(job_id, snapshots.get(job_id), ends.get(job_id))

    def _row(self, job_id: str, snapshot: Snapshot | None, end: JobEnd | None) -> JobResource:
        try:
            return self._join(self.job(job_id), snapshot, end)
        except Unreadable as error:
            live = snapshot or Snapshot(job_id=job_id, state=self._assumed_state(job_id))
            return as_row(job_id, str(error), live=live, end=end, parent=None)

    def _assumed_state(self, job_id: str) -> JobState:
        """Where a job stands whose documents cannot be read, going by which of them there are."""
        if self._store.head(keys.end(job_id)) is not None:
            return JobState.FAILED
        return JobState.QUEUED if self._store.head(keys.cancel(job_id)) is None else JobState.CANCELLING

    def _readable_end(self, job_id: str) -> JobEnd | None:
        with suppress(Unreadable):
            return self.end(job_id)
        return None

    def _join(self, job: Job, snapshot: Snapshot | None, end: JobEnd | None) -> JobResource:
        if end is None and snapshot is None:
            end = self.end(job.id)  # it may have ended, and left the board, since we asked
        cancelling = end is None and self._store.head(keys.cancel(job.id)) is not None
        return resource(job, snapshot=snapshot, end=end, cancelling=cancelling)

    def _load_job(self, job_id: str) -> Job:
        return Job.decode(self._store.get(keys.spec(job_id)))

    def _load_end(self, job_id: str) -> JobEnd:
        return JobEnd.decode(self._store.get(keys.end(job_id)))
