"""File names as ids: whoever packed a data set may have given the same name to several pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import lru_cache


class FileNames:
    """The names of one split from its start on, as far as they were looked at.

    A name is the id of the first picture that has it; later ones need their place too. That depends on the names
    before a picture alone, so it is the same for all slices and shards that hold the picture.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._repeated: set[int] = set()
        self._stop = 0
        self._lock = threading.Lock()

    def read_until(self, stop: int, names: Callable[[range], Iterator[str]]) -> None:
        """Look at the names up to ``stop``; those that are known are not read again."""
        with self._lock:
            missing = range(self._stop, stop)
            for index, name in zip(missing, names(missing) if missing else (), strict=True):
                if name in self._seen:
                    self._repeated.add(index)
                self._seen.add(name)
                self._stop = index + 1

    def image_id(self, index: int, name: str) -> str:
        """The id of a picture whose name was looked at."""
        return f"{name}-{index:07d}" if index in self._repeated else name


@lru_cache(maxsize=8)
def file_names(data_set: str, split: str) -> FileNames:
    """The names of a split, kept between slices: a process reads many of them, mostly one behind the other.

    Args:
        data_set: the folder of this version of the data set.
    """
    del data_set, split
    return FileNames()
