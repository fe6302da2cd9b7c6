"""Takes in the file of a job. The specification goes last: until then there is no job, and the same file goes on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from dispatch.housekeeping.deletions import is_deleted
from dispatch.job_file.opened_file import JobFile, chunks_of
from dispatch.job_index.entries import note_of_import
from jobs import keys
from jobs.errors import ObjectExists
from jobs.housekeeping.job_file import JOB_FOLDER, MODEL
from jobs.housekeeping.thing import job_thing
from jobs.job import Job
from jobs.models.model import PublishedModel
from store.base import ObjectStore

_SPEC = f"{JOB_FOLDER}spec.json"
_SMALL_BYTES = 1 << 20


def import_job(file: JobFile, store: ObjectStore, *, project: str, submitter: str) -> Job:
    """Store the job of a file in a project; it is over, and starts nothing.

    Raises:
        ObjectExists: there is a job of this id, or there was one that can still be restored.
    """
    job_id = file.job.id
    check_new(job_id, store)
    told = {"project": project, "submitter": submitter, "parent": None, "retry_of": None}
    job = file.job.model_copy(update=told)
    for name in file.members:
        if name.startswith(JOB_FOLDER) and name != _SPEC:
            _store(name, file, store)
    _share(job, file, store)
    store.flush()
    try:
        store.put(keys.spec(job_id), job.encode(), if_absent=True, content_type="application/json")
    except ObjectExists:
        _share(Job.decode(store.get(keys.spec(job_id))), file, store)
        raise
    note_of_import(job, file.end, store)  # once more: before the job was there, whoever packs the index may forget it
    return job


def _share(job: Job, file: JobFile, store: ObjectStore) -> None:
    """Let the project of a job have its row in the index and its model; a second import at once may be for another."""
    note_of_import(job, file.end, store)
    data = file.data(MODEL)
    if data is not None:
        told = {"id": job.id, "job_id": job.id, "project": job.project}
        model = PublishedModel.decode(data).model_copy(update=told)
        store.put(keys.model(job.id), model.encode(), content_type="application/json")


def check_new(job_id: str, store: ObjectStore) -> None:
    """Let a job pass that is not here.

    Raises:
        ObjectExists: there is a job of this id, or there was one that can still be restored.
    """
    if store.head(keys.spec(job_id)) is not None or is_deleted(job_thing(job_id), store):
        raise ObjectExists(f"there is a job {job_id} already: nothing was changed")


def _store(name: str, file: JobFile, store: ObjectStore) -> None:
    member, key = file.members[name], keys.job(file.job.id) + name.removeprefix(JOB_FOLDER)
    if member.size <= _SMALL_BYTES:
        store.put(key, b"".join(chunks_of(file.archive, member)), flushed=False)
        return
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "member"
        with path.open("wb") as copy:
            for chunk in chunks_of(file.archive, member):
                copy.write(chunk)
        store.put_file(key, path)
