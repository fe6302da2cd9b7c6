"""Tells when a job got its id, without reading anything of the job."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID


def made_at(job_id: str) -> datetime:
    """When a job got its id; ids that tell no time are old."""
    try:
        return ULID.from_str(job_id.upper()).datetime
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
