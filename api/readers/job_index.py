"""Lists the ids of all jobs, newest first, without reading what they made."""

from __future__ import annotations

import threading

from jobs import keys
from store.base import ObjectStore


class JobIndex:
    """Job ids as the store has them; remembers what it saw, so that looking again costs little.

    Ids sort by time, so new ones come after the last one known. One that a slower clock made is below it; such
    a job is found among the active ones.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._known: set[str] = set()
        self._scanned_to = ""
        self._lock = threading.Lock()

    def newest_first(self) -> list[str]:
        """Every job id there is.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        with self._lock:
            self._scan()
            active = self._store.list(keys.ACTIVE_PREFIX)
            self._known.update(keys.job_of_active(info.key) for info in active)
            return sorted(self._known, reverse=True)

    def _scan(self) -> None:
        while found := next(self._store.list(keys.JOBS_PREFIX, after=self._scanned_to, limit=1), None):
            job_id = found.key.removeprefix(keys.JOBS_PREFIX).split("/")[0]
            self._known.add(job_id)
            # "0" is the character after "/": past all that lies below the job.
            self._scanned_to = keys.job(job_id).removesuffix("/") + "0"
