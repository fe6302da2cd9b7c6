"""The form of a file that holds one whole job: a tar file, whose last member names all others with their digests."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from jobs.value import Document, Value

FORMAT = 1
HEAD, MODEL, INDEX = "florescope.json", "model.json", "index.json"
JOB_FOLDER = "job/"
MEDIA_TYPE = "application/x-tar"
MAX_FILE_BYTES = 16 * 2**30


class FileHead(Document):
    """The first member: what the file is.

    Attributes:
        format: of the file; a later one is refused.
        release: that wrote it.
    """

    format: int = FORMAT
    release: str
    job_id: str = Field(pattern=r"^[0-9a-z]{26}$")
    kind: str
    exported_at: datetime


class MemberEntry(Value):
    """A member, and what its bytes are."""

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class FileIndex(Document):
    """The last member: all before it but the first."""

    job_id: str
    members: tuple[MemberEntry, ...]
