"""Locks a folder for one stack, because two Redis servers would damage each other's files."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.errors import StackFailed


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Lock the folder; the operating system releases the lock when this process ends, even if it is killed.

    Raises:
        StackFailed: another stack has locked it, or it cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise StackFailed(f"{folder} cannot be used: {error}; choose another with --data-dir") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackFailed(
                f"another stack runs in {folder}: stop it, or choose another folder with --data-dir"
            ) from error
        yield
