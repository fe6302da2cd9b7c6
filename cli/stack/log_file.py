"""Opens and reads the log file of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

TAIL_LINES = 20
TAIL_BYTES = 16_384


@dataclass(frozen=True)
class LogFile:
    """A log file; the output of this run begins at byte ``start``."""

    path: Path
    start: int = 0

    @contextmanager
    def appending(self) -> Iterator[BinaryIO]:
        """The open file, for a child to inherit."""
        with self.path.open("ab") as file:
            yield file

    def tail(self) -> str:
        """The last lines of this run."""
        with self.path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(self.start, end - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


def log_file(folder: Path, name: str) -> LogFile:
    """The log of the service of this name; earlier contents are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    return LogFile(path, path.stat().st_size if path.exists() else 0)
