"""Reads what is stored of jobs, and keeps those parts that never change."""

from __future__ import annotations

from functools import lru_cache

from api.readers.unreadable import Unreadable
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job, JobEnd
from jobs.state import JobState
from store.base import ObjectStore
from store.key import InvalidKey

CACHED_JOBS = 4096


class JobDocuments:
    """Specifications and ends of jobs."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._job = lru_cache(CACHED_JOBS)(self._load_job)
        self._end = lru_cache(CACHED_JOBS)(self._load_end)

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
            return self._end(job_id)
        except ObjectNotFound:
            return None
        except (Corrupt, NewerVersion) as error:
            raise Unreadable(f"job {job_id}: {error}") from error

    def cancelling(self, job_id: str) -> bool:
        """Whether somebody asked the job to stop."""
        return self._store.head(keys.cancel(job_id)) is not None

    def assumed_state(self, job_id: str) -> JobState:
        """Where a job stands whose documents cannot be read, going by which of them there are."""
        if self._store.head(keys.end(job_id)) is not None:
            return JobState.FAILED
        return JobState.CANCELLING if self.cancelling(job_id) else JobState.QUEUED

    def _load_job(self, job_id: str) -> Job:
        return Job.decode(self._store.get(keys.spec(job_id)))

    def _load_end(self, job_id: str) -> JobEnd:
        return JobEnd.decode(self._store.get(keys.end(job_id)))
