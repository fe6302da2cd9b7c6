"""A folder of its own for the temporary files of each process, so that what a killed process leaves can be told.

A process holds a lock on a file in its folder for as long as it lives. Whoever starts next removes the folders whose
locks nobody holds: models and uploads of gigabytes may lie there.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

PREFIX = "florescope-process-"
LOCK = "lock"
_held: list[int] = []  # descriptors, which keep the locks


@lru_cache(maxsize=1)
def use_own_scratch() -> Path:
    """Have ``tempfile`` make this process's files in a new folder, and remove those of processes that are gone."""
    place = Path(tempfile.gettempdir())
    sweep_scratch(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    new = folder / f"{LOCK}.new"  # nobody looks for it, so that the lock is held before others see it
    descriptor = os.open(new, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    new.rename(folder / LOCK)
    _held.append(descriptor)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tempfile.tempdir = str(folder)
    return folder


def sweep_scratch(place: Path) -> int:
    """Remove the folders of processes that are gone; return how many. One without a lock is being made."""
    return sum(_remove_if_abandoned(folder) for folder in place.glob(f"{PREFIX}*"))


def _remove_if_abandoned(folder: Path) -> bool:
    with suppress(OSError), (folder / LOCK).open("rb") as lock:  # another user's, just removed, or held
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
        return True
    return False
