"""Defines the interface of object stores: bytes under keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class ObjectInfo:
    """What a store knows about one object.

    Attributes:
        key: of the object.
        size: in bytes.
        sha256: 64 hexadecimal digits; None where the store cannot know without reading the bytes.
        modified_at: when it was written last, by the clock of the store, in UTC; of what ``list`` gives.
    """

    key: str
    size: int
    sha256: str | None = None
    modified_at: datetime | None = field(default=None, compare=False)


class ObjectStore(Protocol):
    """Stores bytes under keys: writes are atomic, so a read never returns a partial object.

    New objects that are flushed later are the exception: see ``put``.

    Every method may raise ``StoreUnavailable``; those that take a key raise ``store.key.InvalidKey``.
    """

    @property
    def url(self) -> str:
        """The address of the store, for messages and pages; contains no secrets."""
        ...

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, content_type: str | None = None, flushed: bool = True
    ) -> ObjectInfo:
        """Write an object from memory; ``sha256`` of the result is always set.

        Args:
            if_absent: never replace an object.
            content_type: of the data, for downloads.
            flushed: return only when the object would survive a power cut. Many small objects are written faster
                without it, followed by one ``flush`` before anything relies on them. Until ``put`` has returned, a new
                object may then be seen in part; a writer that is killed meanwhile leaves it so.

        Raises:
            ObjectExists: ``if_absent`` is set and an object with this key exists.
        """
        ...

    def flush(self) -> None:
        """Make sure that everything written so far survives a power cut."""
        ...

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """Write an object from a file of any size; ``sha256`` of the result is always set."""
        ...

    def get(self, key: str) -> bytes:
        """Read a whole object.

        Raises:
            ObjectNotFound: there is no object with this key.
        """
        ...

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        """Read an object of any size into a file, which appears under ``path`` only when complete.

        Raises:
            ObjectNotFound: there is no object with this key.
            Corrupt: the bytes do not have the expected digest.
            Exhausted: the disk of ``path`` is full.
        """
        ...

    def stream(self, key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Read an object, or a range of its bytes, in chunks of about 1 MiB.

        Args:
            start: skip this many bytes; beyond the end there are no chunks.
            stop: the place of the first byte that is not wanted; None for the end.

        Raises:
            ObjectNotFound: there is no object with this key (raised at the first chunk).
        """
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """Size and, if known, digest of an object; None where there is none."""
        ...

    def list(self, prefix: str, *, after: str | None = None, limit: int | None = None) -> Iterator[ObjectInfo]:
        """Objects whose key is legal and starts with ``prefix``, in key order (by code point), fetched page by page.

        ``modified_at`` of each is set.

        Args:
            prefix: any beginning of a key; empty for all.
            after: only keys greater than this one.
            limit: at most this many.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; no error where there is none."""
        ...

    def presigned_url(self, key: str, *, expires_s: int = 3600) -> str | None:
        """A URL that downloads the object without credentials; None where the store has no such URLs."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The path of the object's file on this machine, to read it in place; None where there is no such file."""
        ...

    def ping(self) -> None:
        """Check that the store answers; cheap, writes nothing.

        Raises:
            StoreUnavailable: it does not.
        """
        ...

    def self_test(self) -> None:
        """Check at start-up that objects can be written, read and deleted.

        Raises:
            StoreUnavailable: says in one line which store it is and what is wrong.
        """
        ...
