"""Writes what people say of a job beside it, and has lists read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dispatch.job_index.entries import note_again
from jobs import keys
from jobs.errors import Corrupt, JobError, NewerVersion, ObjectNotFound
from jobs.job_note import JobNote
from store.base import ObjectStore


class UnreadableRemarks(JobError):
    """What people say of a job is damaged, or a later release wrote it: it is not replaced."""


def read_remarks(job_id: str, store: ObjectStore) -> JobNote | None:
    """What people say of a job; None where that is nothing.

    Raises:
        UnreadableRemarks: there is something, and it cannot be read.
    """
    try:
        return JobNote.decode(store.get(keys.note(job_id)))
    except ObjectNotFound:
        return None
    except (Corrupt, NewerVersion) as error:
        raise UnreadableRemarks(f"the remarks on job {job_id} stay as they are: {error}") from error


def write_remarks(job_id: str, changes: Mapping[str, Any], store: ObjectStore) -> JobNote:
    """Change some of name, tags and notes; of two who write at once, the later one wins.

    Raises:
        StoreUnavailable: the store does not answer; nothing may have changed, or lists show it late.
        UnreadableRemarks: what is there cannot be read, so nothing was changed.
        ValueError: a value is not allowed.
    """
    before = read_remarks(job_id, store)
    known = before.model_dump() if before else {}
    told = {"job_id": job_id, "revision": (before.revision if before else 0) + 1, "updated_at": datetime.now(UTC)}
    note = JobNote.model_validate(
        {**known, **changes, **told, "schema_version": JobNote.model_fields["schema_version"].default}
    )
    store.put(keys.note(job_id), note.encode(), content_type="application/json")
    note_again(job_id, store)
    return note
