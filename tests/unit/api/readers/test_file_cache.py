"""Copies on this disk: how many bytes of them are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.readers.file_cache import FileCache
from store.memory import MemoryStore

LIMIT_BYTES = 1 << 20


@pytest.mark.parametrize(("holes", "kept"), [(True, [True, True, True]), (False, [False, False, True])])
def test_files_count_by_what_they_take_of_the_disk(holes: bool, kept: list[bool]) -> None:
    cache = FileCache(MemoryStore("files"), limit_bytes=LIMIT_BYTES)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(b"head" if holes else bytes(LIMIT_BYTES))
            file.truncate(LIMIT_BYTES)

    paths = [cache.made(name, write) for name in ("footer", "group", "next group")]
    assert [path.exists() for path in paths] == kept
