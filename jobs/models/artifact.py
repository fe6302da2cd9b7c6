"""Describes a file that a job made: name, key, size and checksum."""

from __future__ import annotations

from pydantic import Field

from jobs.value import Value

GALLERY = "gallery.npz"
"""Last part of the name of the file with a shard's small photographs and class maps, for the report."""


class Artifact(Value):
    """A stored file.

    Attributes:
        name: for users, unique within the job, for example ``image_00001.jpg/gradcam.png``.
        key: object key.
        size: bytes.
        sha256: hex digest of the bytes.
    """

    name: str
    key: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str = "application/octet-stream"
