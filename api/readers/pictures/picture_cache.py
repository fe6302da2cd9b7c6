"""Pictures that the API made: a bounded number of bytes, the least used ones go first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from store.kept_hour import this_hour

DEFAULT_BYTES = 64 << 20


@dataclass(frozen=True)
class Picture:
    """An encoded picture; ``over_photograph`` is false where a map had to be drawn alone."""

    data: bytes
    content_type: str
    over_photograph: bool = True


class PictureCache:
    """Pictures by name; safe among threads. The same name means the same picture for an hour."""

    def __init__(self, limit_bytes: int = DEFAULT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._pictures: OrderedDict[tuple[int, tuple[str, ...]], Picture] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def made(self, name: tuple[str, ...], make: Callable[[], Picture]) -> Picture:
        """The picture of this name, which ``make`` makes unless it is there."""
        key = this_hour(), name
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = make()
        with self._lock:
            if key not in self._pictures:
                self._pictures[key] = picture
                self._bytes += len(picture.data)
            while self._bytes > self._limit_bytes:
                _, dropped = self._pictures.popitem(last=False)
                self._bytes -= len(dropped.data)
        return picture
