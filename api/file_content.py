"""The bytes of a stored file, with a size and a digest that belong to these very bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from jobs import keys
from jobs.artifact import Artifact
from store.base import ObjectStore

IN_MEMORY_BYTES = 8 << 20
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Content:
    """What to send of a file.

    Attributes:
        final: it will never be different.
        read: gives the bytes from this one on, in chunks.
        close: forgets the bytes where nobody wants to read them.
    """

    size: int
    sha256: str
    final: bool
    read: Callable[[int], Iterator[bytes]]
    close: Callable[[], None] = lambda: None


def content_of(store: ObjectStore, artifact: Artifact) -> Content:
    """What is known of a file that never changes; of any other, a copy of what it holds now.

    Raises:
        ObjectNotFound: the file is gone.
    """
    if keys.is_final(artifact.key):
        read = partial(_stream, store, artifact.key)
        return Content(artifact.size, artifact.sha256, final=True, read=read)
    return _copy(store.stream(artifact.key))


def _stream(store: ObjectStore, key: str, start: int) -> Iterator[bytes]:
    return store.stream(key, start=start)


def _copy(chunks: Iterator[bytes]) -> Content:
    file = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  (closed when it was read)
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += file.write(chunk)
    return Content(size, digest.hexdigest(), final=False, read=partial(_read, file), close=file.close)


def _read(file: IO[bytes], start: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
