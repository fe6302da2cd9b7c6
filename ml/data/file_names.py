"""Makes unique image ids of file names, which may repeat within a data set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import lru_cache


class FileNames:
    """The file names of one split, from its start to where they were read.

    A name is the id of the first picture that has it; later pictures of that name get their index appended, as often
    as it takes to make an id that no earlier picture has. This depends only on the names before a picture, so it is the
    same for all slices and shards that hold the picture.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._changed: dict[int, str] = {}
        self._stop = 0
        self._lock = threading.Lock()

    def read_until(self, stop: int, names: Callable[[range], Iterator[str]]) -> None:
        """Read the names up to ``stop``; known names are not read again."""
        with self._lock:
            missing = range(self._stop, stop)
            for index, name in zip(missing, names(missing) if missing else (), strict=True):
                image_id = name
                while image_id in self._seen:
                    image_id = self._changed[index] = f"{image_id}-{index:07d}"
                self._seen.add(image_id)
                self._stop = index + 1

    def image_id(self, index: int, name: str) -> str:
        """The id of a picture whose name was read."""
        return self._changed.get(index, name)


@lru_cache(maxsize=8)
def file_names(data_set: str, split: str) -> FileNames:
    """The names of a split, cached between slices: a process reads many slices, mostly one after the other.

    Args:
        data_set: the folder of this version of the data set.
    """
    del data_set, split
    return FileNames()
