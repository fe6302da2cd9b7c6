"""Stores objects in the memory of one process, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from jobs.errors import ObjectExists, ObjectNotFound
from store.base import ObjectInfo
from store.key import check_key, check_prefix
from store.probe import probe
from store.transfer import CHUNK_BYTES, download, sha256_of

_named: dict[str, MemoryStore] = {}
_named_lock = threading.Lock()


class MemoryStore:
    """An ``ObjectStore`` in memory, which is lost when the process ends; safe among threads."""

    def __init__(self, name: str) -> None:
        self.url = f"memory://{name}"
        self._objects: dict[str, bytes] = {}
        self._written_at: dict[str, datetime] = {}
        self._lock = threading.Lock()

    @classmethod
    def named(cls, name: str) -> MemoryStore:
        """The store of this name: the same one each time, in one process."""
        with _named_lock:
            return _named.setdefault(name, cls(name))

    def put(
        self, key: str, data: bytes, *, if_absent: bool = False, content_type: str | None = None, flushed: bool = True
    ) -> ObjectInfo:
        """See ``ObjectStore.put``."""
        del content_type, flushed
        check_key(key)
        with self._lock:
            if if_absent and key in self._objects:
                raise ObjectExists(f"{key} is already in {self.url}")
            self._objects[key] = bytes(data)
            self._written_at[key] = datetime.now(UTC)
        return ObjectInfo(key, len(data), sha256_of(data))

    def flush(self) -> None:
        """See ``ObjectStore.flush``: does nothing."""

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.put_file``."""
        return self.put(key, path.read_bytes(), content_type=content_type)

    def get(self, key: str) -> bytes:
        """See ``ObjectStore.get``."""
        try:
            return self._objects[check_key(key)]
        except KeyError:
            raise ObjectNotFound(f"{key} is not in {self.url}") from None

    def get_file(self, key: str, path: Path, *, sha256: str | None = None) -> ObjectInfo:
        """See ``ObjectStore.get_file``."""
        return download(key, self.stream(key), path, sha256=sha256)

    def stream(self, key: str, *, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See ``ObjectStore.stream``."""
        data = self.get(key)[:stop]
        for begin in range(start, len(data), CHUNK_BYTES):
            yield data[begin : begin + CHUNK_BYTES]

    def head(self, key: str) -> ObjectInfo | None:
        """See ``ObjectStore.head``."""
        data = self._objects.get(check_key(key))
        return None if data is None else ObjectInfo(key, len(data), sha256_of(data))

    def list(self, prefix: str, *, after: str | None = None, limit: int | None = None) -> Iterator[ObjectInfo]:
        """See ``ObjectStore.list``."""
        check_prefix(prefix)
        with self._lock:
            found = [(key, len(data)) for key, data in self._objects.items() if key.startswith(prefix)]
        later = ((key, size) for key, size in sorted(found) if after is None or key > after)
        return (ObjectInfo(key, size, modified_at=self._written_at.get(key)) for key, size in islice(later, limit))

    def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        self._objects.pop(check_key(key), None)

    def presigned_url(self, key: str, *, expires_s: int = 3600) -> str | None:
        """See ``ObjectStore.presigned_url``: always None."""
        del expires_s
        check_key(key)
        return None

    def local_path(self, key: str) -> Path | None:
        """See ``ObjectStore.local_path``: there is none."""
        check_key(key)
        return None

    def ping(self) -> None:
        """See ``ObjectStore.ping``."""
        next(self.list("", limit=1), None)

    def self_test(self) -> None:
        """See ``ObjectStore.self_test``."""
        probe(self)
