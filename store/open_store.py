"""Opens the object store that a URL names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from store.base import ObjectStore
from store.local import LocalStore
from store.memory import MemoryStore
from store.s3.options import S3Options


def open_store(url: str, *, s3: S3Options | None = None) -> ObjectStore:
    """Open the store that a URL names; nothing is read or written yet.

    Args:
        url: ``file:///a/directory`` (or ``file://./here``, or a plain path), ``s3://bucket/prefix`` or
            ``memory://name`` (the same store for the same name, within one process).
        s3: how to reach the S3 server; ignored for other stores.

    Raises:
        ValueError: the URL names no store.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return LocalStore(_directory(url, url))
    if scheme == "file":
        return LocalStore(_directory(unquote(rest), url))
    if scheme == "memory":
        return MemoryStore.named(rest)
    if scheme == "s3":
        return _open_s3(rest, s3 or S3Options(), url)
    raise ValueError(f"store URL {url!r}: expected file:///directory, s3://bucket/prefix or memory://name")


def _directory(path: str, url: str) -> Path:
    if not path or ("://" in url and path[0] not in "/.~"):
        raise ValueError(f"store URL {url!r} names no directory: expected file:///directory or file://./here")
    return Path(path)


def _open_s3(rest: str, options: S3Options, url: str) -> ObjectStore:
    from store.s3.s3_store import S3Store  # noqa: PLC0415  (boto3 takes half a second to import)

    bucket, _, prefix = rest.partition("/")
    if not bucket:
        raise ValueError(f"store URL {url!r} names no bucket: expected s3://bucket/prefix")
    return S3Store(bucket, prefix, options=options)
