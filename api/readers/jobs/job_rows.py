"""Reads many jobs at once, as lists show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice

from api.readers.jobs.job_documents import JobDocuments
from api.readers.jobs.job_index import JobIndex, Listed
from api.readers.jobs.live_views import LiveViews
from api.readers.jobs.unreadable_job import as_row
from api.readers.unreadable import Unreadable
from dispatch.board import Board
from jobs.errors import ObjectNotFound, StoreUnavailable
from jobs.job import JobResource, Snapshot, resource
from jobs.lists.index_row import IndexRow
from jobs.state import JobState


class JobRows:
    """Rows of lists: the documents of a job are read once, what changes is read for all of a batch together."""

    def __init__(self, documents: JobDocuments, index: JobIndex, board: Board, views: LiveViews) -> None:
        self._documents = documents
        self._index = index
        self._board = board
        self._views = views

    def rows(self, listed: Iterable[Listed], *, live: bool, at_once: int) -> Iterator[JobResource]:
        """Those of these jobs that there are, in this order; of one that cannot be read, a row that says why.

        Args:
            listed: the jobs.
            live: ask the board too; without it, a job that is not over shows as queued.
            at_once: how many are read together.
        """
        rest = iter(listed)
        while batch := list(islice(rest, at_once)):
            running = self._running([each.row.id for each in batch if each.active], live=live)
            stopped = self._board.looks.stopped(list(running)) if live else set(running)
            for each in batch:
                with suppress(ObjectNotFound):  # a submission that was taken back, or a job that was removed
                    yield self._row(each, running, stopped)

    def _running(self, active: list[str], *, live: bool) -> dict[str, Snapshot | None]:
        """Those that are not over, with their live view where there is one."""
        snapshots = self._views.current(active) if live else {}
        silent = [job_id for job_id in active if job_id not in snapshots]
        # One without a live view has not begun, or has ended, and left the board, since it was listed.
        still = self._index.active() if silent and live else set(active)
        last = self._views.last if live else snapshots.get
        return {job_id: last(job_id) for job_id in active if job_id in snapshots or job_id in still}

    def _row(self, listed: Listed, running: Mapping[str, Snapshot | None], stopped: Collection[str]) -> JobResource:
        job_id, live, end = listed.row.id, running.get(listed.row.id), None
        try:
            end = None if job_id in running else self._documents.end(job_id)
            job = self._documents.job(job_id)
            cancelling = job_id in stopped and self._documents.cancelling(job_id)
            return resource(job, snapshot=live, end=end, cancelling=cancelling)
        except Unreadable as error:
            known = live or Snapshot(job_id=job_id, state=self._documents.assumed_state(job_id))
            project = self._documents.project(job_id)
            return as_row(job_id, str(error), live=known, end=end, parent=listed.row.parent or None, project=project)
        except StoreUnavailable as error:
            return self._refused(listed.row, live, error)

    def _refused(self, row: IndexRow, live: Snapshot | None, error: StoreUnavailable) -> JobResource:
        """The row of a job of which the store refuses a document, going by the index.

        Raises:
            ObjectNotFound: the index does not know the job.
            StoreUnavailable: the store does not answer at all.
        """
        self._documents.check_store()
        if not row.kind:
            raise ObjectNotFound(f"nothing is known of job {row.id}") from error
        known = live or Snapshot(job_id=row.id, state=row.end or JobState.QUEUED)
        reason = f"job {row.id} cannot be read for now: {error}"
        return as_row(row.id, reason, live=known, end=None, parent=row.parent or None, project=row.project)
