"""Opens an object as a file that can be read from any place, as readers of archives and tables want it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from store.base import ObjectStore

if TYPE_CHECKING:
    from typing_extensions import Buffer

READ_BYTES = 1 << 20


def open_object(store: ObjectStore, key: str, *, size: int) -> io.BufferedReader:
    """Open an object to be read from any place; it is fetched in ranges of about 1 MiB, as they are needed.

    Args:
        store: where it lies.
        key: of the object.
        size: in bytes; what lies beyond is not read.

    Raises:
        ObjectNotFound, StoreUnavailable: while it is read.
    """
    return io.BufferedReader(_ObjectFile(store, key, size), buffer_size=READ_BYTES)


class _ObjectFile(io.RawIOBase):
    def __init__(self, store: ObjectStore, key: str, size: int) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: Buffer) -> int:
        into = memoryview(buffer).cast("B")
        stop, done = min(self._place + len(into), self._size), 0
        if stop > self._place:
            for chunk in self._store.stream(self._key, start=self._place, stop=stop):
                into[done : done + len(chunk)] = chunk
                done += len(chunk)
        self._place += done
        return done
