"""Index entries of single jobs: one when a job is accepted, one when it ends, until a segment holds it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from dispatch.refusal import passed_over
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job, JobEnd
from jobs.job_note import JobNote
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, row_of_key
from jobs.lists.job_facts import JobFacts, facts_of
from jobs.names.project_name import project_in
from jobs.specs.unknown_spec import UnknownSpec
from jobs.state import JobState
from store.base import ObjectStore


def note_submitted(job: Job, store: ObjectStore) -> None:
    """Let lists know kind and parent of a job without reading it; call it once the job is stored."""
    store.put(_row(job).key, b"")


def note_ended(end: JobEnd, store: ObjectStore) -> None:
    """Let lists know how a job ended; call it before the job leaves ``active/``, so that it is in one of the two.

    Raises:
        StoreUnavailable: the job has to stay in ``active/``.
    """
    noted = next((row_of_key(info.key) for info in store.list(index_keys.entries(end.job_id), limit=1)), None)
    row = noted or read_row(end.job_id, store) or IndexRow(end.job_id)
    store.put(row._replace(state=end.state.value).key, b"")


def note_of_import(job: Job, end: JobEnd, store: ObjectStore) -> None:
    """Let lists know a job that came from elsewhere and is over; before it is stored, lists pass over it.

    Other imports of it may have broken off, and those may have been for another project: what they noted goes.
    """
    key = _row(job)._replace(state=end.state.value).key
    store.put(key, b"")
    for info in list(store.list(index_keys.entries(job.id))):
        if info.key != key:
            store.delete(info.key)


def note_again(job_id: str, store: ObjectStore) -> None:
    """Have lists read the documents of a job again, whose remarks were changed."""
    store.put(index_keys.remarks(job_id), b"")
    row = read_row(job_id, store)
    if row is not None:
        store.put(row.key, b"")


def remarked(store: ObjectStore) -> set[str]:
    """Ids of jobs whose remarks no segment knows yet."""
    return {info.key.removeprefix(index_keys.REMARKS) for info in store.list(index_keys.REMARKS)}


def read_note(job_id: str, store: ObjectStore) -> JobNote | None:
    """What people wrote beside a job; None where that is nothing, or cannot be read."""
    try:
        return JobNote.decode(store.get(keys.note(job_id)))
    except (ObjectNotFound, Corrupt, NewerVersion):
        return None


def read_facts(job_id: str, store: ObjectStore) -> JobFacts | None:
    """The facts of a job, from its documents; None where there are none that can be read."""
    try:
        job = Job.decode(store.get(keys.spec(job_id)))
    except (ObjectNotFound, Corrupt, NewerVersion):
        return None
    end: JobEnd | None = None
    with suppress(ObjectNotFound, Corrupt, NewerVersion):
        end = JobEnd.decode(store.get(keys.end(job_id)))
    return facts_of(job, end, read_note(job_id, store))


def entries(store: ObjectStore) -> dict[str, IndexRow]:
    """The row of each job that has entries: of two, the one that says how the job ended."""
    found: dict[str, IndexRow] = {}
    for info in store.list(index_keys.ENTRIES):
        row = row_of_key(info.key)
        if row.state or row.id not in found:
            found[row.id] = row
    return found


def remove_entries(rows: Iterable[IndexRow], store: ObjectStore) -> None:
    """Remove all entries of these jobs; one that the store does not let go stays, and says nothing wrong."""
    for row in rows:
        for key in {row.key, row._replace(state="").key}:
            with passed_over(store, key=key):
                store.delete(key)


def read_row(job_id: str, store: ObjectStore) -> IndexRow | None:
    """The row of a job, from its documents: those that cannot be read count as well. None where there is no job."""
    try:
        stored = store.get(keys.spec(job_id))
    except ObjectNotFound:
        return None
    return row_of_spec(job_id, stored, store)


def row_of_spec(job_id: str, stored: bytes, store: ObjectStore) -> IndexRow:
    """The row of a job whose specification was read already."""
    try:
        row = _row(Job.decode(stored))
    except (Corrupt, NewerVersion):
        row = IndexRow(job_id, UnknownSpec().kind, project=project_in(stored))
    return row._replace(state=_state(job_id, store))


def _row(job: Job) -> IndexRow:
    return IndexRow(job.id, job.spec.kind, "", job.parent or "", job.project)


def _state(job_id: str, store: ObjectStore) -> str:
    try:
        return JobEnd.decode(store.get(keys.end(job_id))).state.value
    except ObjectNotFound:
        return ""
    except (Corrupt, NewerVersion):
        return JobState.FAILED.value
