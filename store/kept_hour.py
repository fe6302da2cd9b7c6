"""Bounds for how long a process keeps what it read of a job: ids come back when a removed job is imported again."""

from __future__ import annotations

from time import monotonic

KEPT_S = 3600.0
"""Far less than the day for which a deleted job stays in the store (``jobs/housekeeping/deletion.py``): what was read
before a job was deleted is forgotten long before another job of the same id can come."""


def this_hour() -> int:
    """The same number for at most ``KEPT_S``: what was kept under another one is read again."""
    return int(monotonic() // KEPT_S)
