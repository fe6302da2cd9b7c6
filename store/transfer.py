"""Copies bytes in chunks, and counts and hashes them on the way."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO

from jobs.errors import EXHAUSTED, Corrupt, Exhausted
from store.base import ObjectInfo

CHUNK_BYTES = 1 << 20


def sha256_of(data: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def open_source(path: Path) -> BufferedReader:
    """Open a file that is to be stored.

    Raises:
        Exhausted: too many files are open.
    """
    try:
        return path.open("rb")
    except OSError as error:
        if error.errno in EXHAUSTED:
            raise Exhausted(f"cannot read {path}: {error.strerror}") from error
        raise


def read_chunks(file: IO[bytes], *, at_most: int | None = None) -> Iterator[bytes]:
    """The rest of a file, or so many bytes of it, in chunks of 1 MiB."""
    left = at_most
    while chunk := file.read(CHUNK_BYTES if left is None else max(0, min(CHUNK_BYTES, left))):
        yield chunk
        left = None if left is None else left - len(chunk)


def write_chunks(key: str, chunks: Iterable[bytes], file: IO[bytes]) -> ObjectInfo:
    """Write all chunks to a file; return their total size and digest."""
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return ObjectInfo(key, size, digest.hexdigest())


def download(key: str, chunks: Iterable[bytes], path: Path, *, sha256: str | None) -> ObjectInfo:
    """Write an object to ``path``, which appears only when it is complete and has the expected digest.

    Raises:
        Corrupt: the digest differs.
        Exhausted: the disk is full, or too many files are open.
    """
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with partial.open("wb") as file:
            info = write_chunks(key, chunks, file)
        if sha256 is not None and info.sha256 != sha256.lower():
            raise Corrupt(f"{key} has SHA-256 {info.sha256}, expected {sha256}: it was damaged")
        partial.replace(path)
    except OSError as error:
        if error.errno in EXHAUSTED:
            raise Exhausted(f"cannot download {key} to {path}: {error.strerror}") from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    return info
