"""Manages partial files: files that are being written, kept apart from the objects until they are complete.

A writer holds a lock on its partial file as long as it runs, which distinguishes the file of a killed writer from one
that is still being written.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

FOLDER = ".partial"
_libc = ctypes.CDLL(None, use_errno=True)
SWEEP_AFTER_S = 60  # longer than any writer needs between making its file and locking it


@contextmanager
def partial_file(root: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new empty file in the file system of ``root``; removed at the end unless it was moved."""
    path = root / FOLDER / uuid.uuid4().hex
    try:
        with _opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield path, file
    finally:
        path.unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    """A new file; its folder is there nearly always, and to ask for it each time takes as long as opening the file."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def sync(file: IO[bytes]) -> None:
    """Flush everything that was written to the file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk: without it a power cut may undo a rename."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """Flush everything that any process wrote to the file system of a folder to the disk."""
    if not hasattr(_libc, "syncfs"):  # only Linux can flush a single file system
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def sweep(root: Path) -> int:
    """Remove the partial files of writers that no longer run; return how many."""
    folder = root / FOLDER
    if not folder.is_dir():
        return 0
    return sum(_remove_if_abandoned(path) for path in folder.iterdir())


def _remove_if_abandoned(path: Path) -> bool:
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        if time.time() - path.stat().st_mtime < SWEEP_AFTER_S:
            return False
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False
