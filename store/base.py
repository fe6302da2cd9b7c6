"""The one way to bytes under keys, whatever holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class ObjectInfo:
    """What a store knows of one object.

    Attributes:
        key: where it lies.
        size: in bytes.
        sha256: 64 hexadecimal digits; None where the store cannot know without reading the bytes.
    """

    key: str
    size: int
    sha256: str | None = None


class ObjectStore(Protocol):
    """Bytes under keys: writes are atomic, a read never sees half an object.

    Every method may raise ``StoreUnavailable``; those that take a key raise ``store.key.InvalidKey``.
    """

    @property
    def url(self) -> str:
        """Where the objects lie, for people to look at: no secrets in it."""
        ...

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, content_type: str | None = None, flushed: bool = True
    ) -> ObjectInfo:
        """Write an object in one piece; ``sha256`` of the answer is always set.

        Args:
            if_absent: never replace an object.
            content_type: of the data, for those who download it.
            flushed: return only when the object would survive a power cut. Many small objects are written faster
                without, and one ``flush`` before anything counts on them.

        Raises:
            ObjectExists: ``if_absent`` was asked for and the key is taken.
        """
        ...

    def flush(self) -> None:
        """Have everything that was put survive a power cut."""
        ...

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """Write an object from a file of any size; ``sha256`` of the answer is always set."""
        ...

    def get(self, key: str) -> bytes:
        """Read a whole object.

        Raises:
            ObjectNotFound: nothing lies under this key.
        """
        ...

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        """Read an object of any size into a file, which appears under ``path`` only when complete.

        Raises:
            ObjectNotFound: nothing lies under this key.
            Corrupt: the bytes do not have the digest asked for.
            Exhausted: the disk of ``path`` is full.
        """
        ...

    def stream(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Read an object in chunks of about 1 MiB.

        Args:
            start: leave out so many bytes; past the end there are none.

        Raises:
            ObjectNotFound: nothing lies under this key (at the first chunk).
        """
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object; None where there is none."""
        ...

    def list(self, prefix: str, *, after: str | None = None, limit: int | None = None) -> Iterator[ObjectInfo]:
        """Objects whose key starts with ``prefix``, in key order (by code point), fetched page by page.

        Args:
            prefix: any beginning of a key; empty for all.
            after: only keys greater than this one.
            limit: at most so many.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is fine."""
        ...

    def presigned_url(self, key: str, *, expires_s: int = 3600) -> str | None:
        """A link that downloads the object without credentials; None where the store has no such links."""
        ...

    def ping(self) -> None:
        """See whether the store answers; cheap, and nothing is written.

        Raises:
            StoreUnavailable: it does not.
        """
        ...

    def self_test(self) -> None:
        """Prove at start-up that the store can be written, read and cleaned.

        Raises:
            StoreUnavailable: one line that says which store, where, and what is wrong.
        """
        ...
