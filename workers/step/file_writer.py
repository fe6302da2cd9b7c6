"""Writes files under one prefix of the store: those of an attempt at a step, or those of a job as a whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import Corrupt
from jobs.models.artifact import Artifact
from store.base import ObjectInfo, ObjectStore
from store.key import InvalidKey


@dataclass(frozen=True)
class FileWriter:
    """The store, and the key prefix of every file that is written."""

    store: ObjectStore
    prefix: str

    def put(
        self, name: str, data: bytes, content_type: str, *, path: str | None = None, flushed: bool = True
    ) -> Artifact:
        """Store bytes; where no object can lie under their path, its digest takes its place in the key.

        Args:
            name: what users call the file.
            data: its bytes.
            content_type: of the data.
            path: where it lies below the prefix; by default as it is called.
            flushed: as for ``ObjectStore.put``.
        """
        path = path or name
        try:
            info = self.store.put(self.prefix + path, data, content_type=content_type, flushed=flushed)
        except InvalidKey:  # too long, or it has the name of a folder of others
            key = f"{self.prefix}digests/{hashlib.sha256(path.encode()).hexdigest()}"
            info = self.store.put(key, data, content_type=content_type, flushed=flushed)
        return _artifact(name, info, content_type)

    def put_file(self, name: str, path: Path, content_type: str) -> Artifact:
        """Store a file that may be too large for memory."""
        return _artifact(name, self.store.put_file(self.prefix + name, path, content_type=content_type), content_type)


def _artifact(name: str, info: ObjectInfo, content_type: str) -> Artifact:
    if info.sha256 is None:
        raise Corrupt(f"the store wrote {info.key} without saying its digest")
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256, content_type=content_type)
