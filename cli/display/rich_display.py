"""Defines the base class of displays with Rich progress bars."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import Progress


class RichDisplay:
    """A context manager that shows the bars of ``progress`` while it is entered."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
