"""Reads what is stored of jobs, and keeps for an hour those parts that never change."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from api.readers.deleted_things import DeletedThings
from api.readers.unreadable import Unreadable
from dispatch.job_index.entries import read_note
from dispatch.refusal import unless_refused
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.thing import job_thing
from jobs.job import Job, JobEnd
from jobs.job_note import JobNote
from jobs.lists.job_facts import JobFacts, facts_of
from jobs.names.project_name import project_in
from jobs.state import JobState
from store.base import ObjectStore
from store.document_cache import DocumentCache
from store.key import InvalidKey

KEPT_BYTES = 8 * 2**20
"""Of JSON, for specifications and for ends."""


def no_such_job(job_id: str) -> ObjectNotFound:
    """What is said of a job that is not there, and of one that the caller may not know of."""
    return ObjectNotFound(f"there is no job {job_id!r}: GET /v1/jobs lists those there are")


class JobDocuments:
    """Specifications and ends of jobs; nothing is kept of deleted ones, which may come back as another project's."""

    def __init__(self, store: ObjectStore, deleted: DeletedThings) -> None:
        self._store = store
        self._deleted = deleted
        self._jobs = DocumentCache(Job, max_bytes=KEPT_BYTES)
        self._ends = DocumentCache(JobEnd, max_bytes=KEPT_BYTES)

    def job(self, job_id: str) -> Job:
        """What was asked for.

        Raises:
            ObjectNotFound: there is no such job.
            Unreadable: there is, and it cannot be read.
        """
        try:
            return self._jobs.read(keys.spec(job_id), self._store, keep=self._may_keep(job_id))
        except (ObjectNotFound, InvalidKey) as error:
            raise no_such_job(job_id) from error
        except (Corrupt, NewerVersion) as error:
            raise Unreadable(f"job {job_id}: {error}") from error

    def project(self, job_id: str) -> str:
        """The project of a job, also of one that cannot be read.

        Raises:
            ObjectNotFound: there is no such job.
        """
        with suppress(Unreadable):
            return self.job(job_id).project
        return project_in(self._store.get(keys.spec(job_id)))

    def end(self, job_id: str) -> JobEnd | None:
        """How the job ended, or None while it is not over.

        Raises:
            Unreadable: it is over, and its end cannot be read.
        """
        try:
            return self._ends.read(keys.end(job_id), self._store, keep=self._may_keep(job_id))
        except ObjectNotFound:
            return None
        except (Corrupt, NewerVersion) as error:
            raise Unreadable(f"job {job_id}: {error}") from error

    def _may_keep(self, job_id: str) -> bool:
        return job_thing(job_id) not in self._deleted

    def note(self, job_id: str) -> JobNote | None:
        """What people wrote beside the job; None where that is nothing, or where the store refuses it."""
        return unless_refused(partial(read_note, job_id, self._store), self._store, otherwise=None, job_id=job_id)

    def facts(self, job_id: str) -> JobFacts | None:
        """What lists sort and search by; of a job that cannot be read, nothing. None where the store refuses it."""
        return unless_refused(partial(self._facts, job_id), self._store, otherwise=None, job_id=job_id)

    def _facts(self, job_id: str) -> JobFacts | None:
        try:
            return facts_of(self.job(job_id), self.end(job_id), self.note(job_id))
        except (Unreadable, ObjectNotFound):
            return JobFacts()

    def check_store(self) -> None:
        """Ask whether it is one document alone that the store does not give.

        Raises:
            StoreUnavailable: the store does not answer at all.
        """
        self._store.ping()

    def cancelling(self, job_id: str) -> bool:
        """Whether somebody asked the job to stop."""
        return self._store.head(keys.cancel(job_id)) is not None

    def assumed_state(self, job_id: str) -> JobState:
        """Where a job stands whose documents cannot be read, going by which of them there are."""
        if self._store.head(keys.end(job_id)) is not None:
            return JobState.FAILED
        return JobState.CANCELLING if self.cancelling(job_id) else JobState.QUEUED
