"""Shows a job whose documents cannot be read as one row that says so: it hides no other job."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID

from jobs.job import JobEnd, JobResource, Snapshot, unreadable

_UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


def as_row(
    job_id: str, reason: str, *, live: Snapshot | None, end: JobEnd | None, parent: str | None, project: str
) -> JobResource:
    """The row of such a job: state and progress as its end tells them, else as the board does."""
    known = live or Snapshot(job_id=job_id)
    if end is not None:
        known = Snapshot(job_id=job_id, state=end.state, started_at=end.started_at, progress=end.progress)
    row = unreadable(job_id, reason, created_at=created_at(job_id), live=known, parent=parent, project=project)
    return row.model_copy(update={"finished_at": end.finished_at}) if end else row


def created_at(job_id: str) -> datetime:
    """When a job got its id; ids that tell no time are as old as can be."""
    try:
        return ULID.from_str(job_id.upper()).datetime
    except ValueError:
        return _UNKNOWN_TIME
