"""The live views of jobs, of which no progress falls back although Redis may lose its data."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from dispatch.live_progress import LiveProgress
from jobs.job import Snapshot

KEPT = 4096


class LiveViews:
    """Reads live views, and remembers the last ones it gave; safe among threads.

    A Redis that lost its data knows nothing of a job until a worker says something of it, or reconciliation restores
    what the reports say, which is without what is done of the steps under way.
    """

    def __init__(self, progress: LiveProgress, *, kept: int = KEPT) -> None:
        """Remember nothing yet; at most so many jobs later on."""
        self._progress = progress
        self._most = kept
        self._lock = threading.Lock()
        self._given: OrderedDict[str, Snapshot] = OrderedDict()

    def current(self, job_ids: Iterable[str]) -> dict[str, Snapshot]:
        """The views of those jobs that have one; none shows less as done or failed than the one given before."""
        found = self._progress.snapshots(job_ids)
        return {job_id: self._keep(snapshot) for job_id, snapshot in found.items()}

    def last(self, job_id: str) -> Snapshot | None:
        """The view given last, for a job that is not over and that Redis knows nothing of; None if none was."""
        with self._lock:
            return self._given.get(job_id)

    def _keep(self, snapshot: Snapshot) -> Snapshot:
        with self._lock:
            before = self._given.pop(snapshot.job_id, None)
            if before is not None:
                shown, found = before.progress, snapshot.progress
                raised = {"done": max(shown.done, found.done), "failed": max(shown.failed, found.failed)}
                snapshot = snapshot.model_copy(update={"progress": found.model_copy(update=raised)})
            self._given[snapshot.job_id] = snapshot
            while len(self._given) > self._most:
                self._given.popitem(last=False)
        return snapshot
