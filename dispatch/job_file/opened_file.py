"""Reads the file of a job that somebody sends: nothing of it is believed before its names and digests were checked."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch.job_file.named_objects import models_named
from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, NewerVersion
from jobs.housekeeping.job_file import FORMAT, HEAD, INDEX, JOB_FOLDER, MODEL, FileHead, FileIndex, MemberEntry
from jobs.job import Job, JobEnd
from jobs.listings.image_listing import ImageListing
from store.key import InvalidKey, check_key

MAX_MEMBERS = 2_000_000
MAX_DOCUMENT_BYTES = 256 * 2**20
_CHUNK_BYTES = 1 << 20
_REPORTS = f"{JOB_FOLDER}reports/"
"""Every member whose name begins so is read as a report."""


@dataclass(frozen=True)
class JobFile:
    """A file whose members are as its index says, and lie within its job.

    Attributes:
        models: ids of the other jobs whose models it describes; these must not be another project's.
    """

    archive: tarfile.TarFile
    members: dict[str, tarfile.TarInfo]
    head: FileHead
    job: Job
    end: JobEnd
    models: frozenset[str]

    def listing(self) -> ImageListing | None:
        """The pictures that the job was planned for, if it names them.

        Raises:
            InvalidSpec: they cannot be read.
        """
        data = self.data(f"{JOB_FOLDER}listing.json")
        try:
            return ImageListing.decode(data) if data is not None else None
        except (Corrupt, NewerVersion) as error:
            raise InvalidSpec(f"the file cannot be taken in: {error}") from error

    def data(self, name: str) -> bytes | None:
        """The bytes of a document; None where there is none."""
        member = self.members.get(name)
        return _data(self.archive, member) if member is not None else None


@contextmanager
def opened_file(path: Path) -> Iterator[JobFile]:
    """Check a file and open it.

    Raises:
        InvalidSpec: it is no such file, is damaged, a later release wrote it, or it tries to reach beyond its job.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            yield _checked(archive)
    except tarfile.TarError as error:
        raise InvalidSpec(f"the file is no exported job: {error}. 'florescope export JOB' makes one") from error


def _checked(archive: tarfile.TarFile) -> JobFile:
    members = _members(archive)
    names = list(members)
    if len(names) < 2 or names[0] != HEAD or names[-1] != INDEX:
        raise InvalidSpec(f"the file is no exported job: its first member is not {HEAD!r}, or the last not {INDEX!r}")
    try:
        head = FileHead.decode(_data(archive, members[HEAD]))
        if head.format > FORMAT:
            raise NewerVersion(f"the file has format {head.format}, and this release reads up to {FORMAT}")
        index = FileIndex.decode(_data(archive, members[INDEX]))
        _check_index(archive, members, index, head)
        job = Job.decode(_document(archive, members, "spec.json"))
        end = JobEnd.decode(_document(archive, members, "end.json"))
    except (Corrupt, NewerVersion) as error:
        raise InvalidSpec(f"the file cannot be taken in: {error}") from error
    if not head.job_id == index.job_id == job.id == end.job_id:
        raise InvalidSpec("the file names several jobs as its own: it was changed after it was exported")
    return JobFile(archive, members, head, job, end, models_named(_documents(archive, members), head.job_id))


def _members(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found = dict[str, tarfile.TarInfo]()
    for member in archive:
        if not member.isreg() or member.issparse():
            raise InvalidSpec(f"{member.name!r} is no plain file: an exported job has no links, folders or devices")
        if member.name in found:
            raise InvalidSpec(f"{member.name!r} stands in the file twice")
        if member.name not in {HEAD, MODEL, INDEX}:
            _check_name(member.name)
        found[member.name] = member
        if len(found) > MAX_MEMBERS:
            raise InvalidSpec(f"the file has more than {MAX_MEMBERS} members")
    return found


def _check_name(name: str) -> None:
    inside = name.removeprefix(JOB_FOLDER)
    try:
        check_key(f"{keys.JOBS_PREFIX}{inside}")
    except InvalidKey as error:
        raise InvalidSpec(f"the name {name!r} of a member is not legal: {error}") from error
    if inside == name:
        raise InvalidSpec(f"the member {name!r} lies outside of {JOB_FOLDER!r}")


def _check_index(
    archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo], index: FileIndex, head: FileHead
) -> None:
    told = {entry.name: entry for entry in index.members}
    there = members.keys() - {HEAD, INDEX}
    if told.keys() != there or len(told) != len(index.members):
        other = sorted(told.keys() ^ there)[:1]
        raise InvalidSpec(f"index and members of the file of {head.job_id} differ: {other}")
    for name, entry in told.items():
        if _entry_of(archive, members[name]) != entry:
            raise InvalidSpec(f"{name!r} has another digest than the index says: the file is damaged, export it again")


def _entry_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> MemberEntry:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks_of(archive, member):
        digest.update(chunk)
        size += len(chunk)
    return MemberEntry(name=member.name, size=size, sha256=digest.hexdigest())


def chunks_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    """The bytes of a member, a piece at a time."""
    file = archive.extractfile(member)
    assert file is not None  # noqa: S101  (a plain file)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _document(archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    member = members.get(f"{JOB_FOLDER}{name}")
    if member is None:
        raise Corrupt(f"it has no {name!r}: only jobs that are over are exported")
    return _data(archive, member)


def _data(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_DOCUMENT_BYTES:
        raise InvalidSpec(f"{member.name!r} is larger than {MAX_DOCUMENT_BYTES >> 20} MiB")
    return b"".join(chunks_of(archive, member))


def _documents(archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> Iterator[tuple[str, bytes]]:
    """Name below the job, or of the model, and bytes of each."""
    for name, member in members.items():
        if (name.endswith(".json") or name.startswith(_REPORTS)) and name not in {HEAD, INDEX}:
            yield name.removeprefix(JOB_FOLDER), _data(archive, member)
