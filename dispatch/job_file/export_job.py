"""Writes a job that is over as one file, chunk by chunk; nothing of it is held in memory but its list of files."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime

from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.housekeeping.job_file import HEAD, INDEX, JOB_FOLDER, MODEL, FileHead, FileIndex, MemberEntry
from jobs.job import Job
from jobs.models.model import PublishedModel
from jobs.version import VERSION
from store.base import ObjectInfo, ObjectStore

_LEFT_OUT = ("cancel", "turn.json")
"""Documents that are not exported: they only say how the job was to be run in this installation."""
_END = b"\0" * 2 * tarfile.BLOCKSIZE


def export_job(job: Job, store: ObjectStore) -> Iterator[bytes]:
    """The file of a job that is over.

    Raises:
        Corrupt: an object has other bytes than its size says; the file then breaks off.
    """
    head = FileHead(release=VERSION, job_id=job.id, kind=job.spec.kind, exported_at=datetime.now(UTC))
    yield from _member(HEAD, head.encode())
    entries = list[MemberEntry]()
    for info in store.list(keys.job(job.id)):
        name = info.key.removeprefix(keys.job(job.id))
        if name not in _LEFT_OUT:
            entries.append((yield from _file(f"{JOB_FOLDER}{name}", info, store)))
    model = _own_model(job.id, store)
    if model is not None:
        entries.append(MemberEntry(name=MODEL, size=len(model), sha256=hashlib.sha256(model).hexdigest()))
        yield from _member(MODEL, model)
    yield from _member(INDEX, FileIndex(job_id=job.id, members=tuple(entries)).encode())
    yield _END


def _own_model(job_id: str, store: ObjectStore) -> bytes | None:
    """The model that the job published, if its file lies in the job: that of a sweep lies in a trial."""
    try:
        data = store.get(keys.model(job_id))
        model = PublishedModel.decode(data)
    except (ObjectNotFound, Corrupt):
        return None
    return data if model.checkpoint.key.startswith(keys.job(job_id)) else None


def _file(name: str, info: ObjectInfo, store: ObjectStore) -> Generator[bytes, None, MemberEntry]:
    digest, sent = hashlib.sha256(), 0
    yield _header(name, info.size)
    for chunk in store.stream(info.key) if info.size else ():
        digest.update(chunk)
        sent += len(chunk)
        yield chunk
    if sent != info.size:
        raise Corrupt(f"{info.key} has {sent} bytes in place of {info.size}")
    yield _padding(info.size)
    return MemberEntry(name=name, size=info.size, sha256=digest.hexdigest())


def _member(name: str, data: bytes) -> Iterator[bytes]:
    yield _header(name, len(data)) + data + _padding(len(data))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return b"\0" * (-size % tarfile.BLOCKSIZE)
