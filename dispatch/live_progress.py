"""Keeps the live progress of jobs in Redis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dispatch.job_keys import KEPT_S, JobKeys
from dispatch.redis_client import translated
from dispatch.step_counts import StepCounts
from jobs.errors import Corrupt
from jobs.job import Snapshot


@dataclass(frozen=True)
class Beat:
    """What a beat learns: done and failed over all steps, and whether the job is to stop.

    ``before`` is the live view until then; None where there is none, or where the beat brought another one.
    """

    done: float
    failed: int
    stopped: bool
    before: Snapshot | None


class LiveProgress:
    """Snapshots of jobs, and how far each of their steps is."""

    def __init__(self, keys: JobKeys) -> None:
        self._keys = keys
        self.counts = StepCounts(keys)

    def snapshot(self, job_id: str) -> Snapshot | None:
        """The live view of a job, or None where there is none."""
        return self.snapshots([job_id]).get(job_id)

    def snapshots(self, job_ids: Iterable[str]) -> dict[str, Snapshot]:
        """The live views of those jobs that have one."""
        wanted = list(job_ids)
        if not wanted:
            return {}
        with translated(self._keys.client):
            texts: Any = self._keys.client.mget([self._keys.of("snapshot", job_id) for job_id in wanted])
        read = {job_id: _read(text) for job_id, text in zip(wanted, texts, strict=True)}
        return {job_id: snapshot for job_id, snapshot in read.items() if snapshot is not None}

    def publish(self, snapshot: Snapshot) -> None:
        """Show this live view from now on."""
        with translated(self._keys.client):
            self._keys.client.set(self._keys.of("snapshot", snapshot.job_id), snapshot.model_dump_json(), ex=KEPT_S)

    def restore(self, snapshot: Snapshot) -> None:
        """Show this live view where there is none, as after a loss of Redis."""
        key = self._keys.of("snapshot", snapshot.job_id)
        with translated(self._keys.client):
            self._keys.client.set(key, snapshot.model_dump_json(), ex=KEPT_S, nx=True)

    def beat(self, job_id: str, step: str, *, done: float, failed: int, view: Snapshot | None = None) -> Beat:
        """Note how far a step is, and hear in the same call what a worker has to know each time.

        Args:
            job_id: which job.
            step: of it.
            done: finished units of the step.
            failed: those of them that failed.
            view: of the job, to show from now on; what it says of done and failed units is made right.
        """
        totals = self.counts.note(job_id, {step: (done, failed)}, view=view)
        return Beat(totals.done, totals.failed, stopped=totals.stopped, before=_read(totals.snapshot))


def _read(text: str | None) -> Snapshot | None:
    try:
        return None if text is None else Snapshot.decode(text.encode())
    except Corrupt:
        return None  # another version wrote it; the next one will be readable
