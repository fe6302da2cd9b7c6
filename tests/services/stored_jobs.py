"""Puts jobs into a store as submission and workers leave them, many at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from dispatch.job_index.entries import note_ended, note_submitted
from jobs import keys
from jobs.job import Job, JobEnd
from jobs.live.progress import Progress
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.base import ObjectStore

START = datetime(2026, 1, 1, tzinfo=UTC)
SPECS: dict[str, dict[str, Any]] = {
    "train": {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"},
    "explain": {"kind": "explain", "model": "rose", "dataset": "synthetic_flowers", "split": "test[0:8]"},
}


def job_id_of(number: int) -> str:
    """Ids in the order of their numbers, a second apart."""
    return str(ULID.from_datetime(START + timedelta(seconds=number))).lower()[:10] + f"{number:016d}"


def store_job(
    store: ObjectStore,
    number: int,
    *,
    kind: str = "train",
    parent: str | None = None,
    noted: bool = True,
    project: str = "default",
) -> str:
    """A job that was accepted; ``noted`` in the index, unless the process died before."""
    job_id = job_id_of(number)
    spec = spec_adapter.validate_python(SPECS[kind])
    job = Job(id=job_id, created_at=START + timedelta(seconds=number), spec=spec, parent=parent, project=project)
    store.put(keys.active(job_id), b"", flushed=False)
    store.put(keys.spec(job_id), job.encode(), flushed=False)
    if noted:
        note_submitted(job, store)
    return job_id


def end_stored_job(
    store: ObjectStore, job_id: str, state: JobState = JobState.SUCCEEDED, *, noted: bool = True
) -> None:
    """The end of such a job."""
    end = JobEnd(job_id=job_id, state=state, started_at=START, finished_at=START, progress=Progress(done=1, total=1))
    store.put(keys.end(job_id), end.encode(), flushed=False)
    if noted:
        note_ended(end, store)
    store.delete(keys.active(job_id))


def active_jobs(store: ObjectStore) -> set[str]:
    """The jobs that are not over."""
    return {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}
