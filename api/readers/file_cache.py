"""Copies of stored files on this machine's disk: a bounded number of bytes, the least used ones go first."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from store.base import ObjectStore

DEFAULT_BYTES = 4 << 30
_BLOCK_BYTES = 512
"""The unit of ``st_blocks``, whatever the file system."""


class FileCache:
    """Files that never change, by key; a store that keeps objects as files here is read in place."""

    def __init__(self, store: ObjectStore, *, limit_bytes: int = DEFAULT_BYTES) -> None:
        self._store = store
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._folder: Path | None = None

    def path(self, key: str) -> Path:
        """Where the object can be read as a file.

        Raises:
            ObjectNotFound: nothing lies under this key.
        """
        here = self._store.local_path(key)
        return here if here is not None else self.made(key, lambda path: self._fetch(key, path))

    def folders(self, prefix: str) -> tuple[Path, ...]:
        """Where all files lie whose keys begin so, those that are read in place included."""
        address = urlsplit(self._store.url)
        here = (Path(url2pathname(address.path)) / prefix,) if address.scheme == "file" else ()
        return (self._place("").parent, *here)

    def made(self, name: str, make: Callable[[Path], None]) -> Path:
        """A file that ``make`` writes unless it is there; the same name always means the same bytes."""
        path = self._place(name)
        with suppress(FileNotFoundError):
            os.utime(path)  # used now, so it stays
            return path
        partial = Path(f"{path}.{threading.get_ident()}")
        try:
            make(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._trim(keep=path)
        return path

    def _fetch(self, key: str, path: Path) -> None:
        self._store.get_file(key, path)

    def _place(self, name: str) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="florescope-api-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder / sha256(name.encode()).hexdigest()

    def _trim(self, *, keep: Path) -> None:
        with self._lock:
            files = [(path.stat(), path) for path in keep.parent.iterdir() if path.suffix == ""]
            total = sum(_taken(status) for status, _ in files)
            for status, path in sorted(files, key=lambda file: file[0].st_mtime):
                if total <= self._limit_bytes:
                    break
                if path != keep:
                    path.unlink(missing_ok=True)
                    total -= _taken(status)


def _taken(status: os.stat_result) -> int:
    """Bytes on the disk: sparse files take less than their length."""
    return min(status.st_size, status.st_blocks * _BLOCK_BYTES)
