"""Shows progress on stderr: bars on a terminal, otherwise plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from cli.display import progress_text
from cli.display.plain_text import printable
from cli.display.rich_display import RichDisplay
from florescope.job_view import JobView

LINE_EVERY_S = 5.0


class ProgressDisplay(Protocol):
    """Shows jobs while they run; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, job: JobView) -> None:
        """Show the current state of this job."""
        ...


class NoDisplay:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, job: JobView) -> None:
        """See ``ProgressDisplay.show``."""


class Lines(NoDisplay):
    """Prints a line whenever a state changes, otherwise at most one every few seconds per job."""

    def __init__(
        self,
        out: TextIO,
        *,
        every_s: float = LINE_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._every_s = every_s
        self._clock = clock
        self._last: dict[str, tuple[float, str, str]] = {}

    def show(self, job: JobView) -> None:
        """See ``ProgressDisplay.show``."""
        now, text = self._clock(), progress_text.line(job)
        shown_at, state, shown = self._last.get(job.id, (now - self._every_s, "", ""))
        due = job.state.value != state or now - shown_at >= self._every_s
        if due and text != shown:
            print(text, file=self._out, flush=True)
            self._last[job.id] = (now, job.state.value, text)


class Bars(RichDisplay):
    """Shows one bar per job."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            Progress(
                SpinnerColumn(finished_text=" "),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[amount]}", markup=False),
                TextColumn("{task.fields[pace]}", style="cyan", markup=False),
                TextColumn("{task.fields[note]}", style="dim", markup=False),
                console=console,
            )
        )
        self._bars: dict[str, TaskID] = {}

    def show(self, job: JobView) -> None:
        """See ``ProgressDisplay.show``."""
        if job.id not in self._bars:
            self._bars[job.id] = self._progress.add_task(printable(job.kind), total=None, amount="", pace="", note="")
        progress = job.progress
        self._progress.update(
            self._bars[job.id],
            total=(progress.total or 1.0) if job.over else progress.total,
            completed=progress.done,
            amount=progress_text.amount(progress),
            pace="" if job.over else progress_text.pace(progress),
            note=_note(job),
        )


def progress_display(*, quiet: bool = False) -> ProgressDisplay:
    """The display for stderr; shows nothing if ``quiet`` is set."""
    if quiet:
        return NoDisplay()
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal and not console.is_dumb_terminal else Lines(sys.stderr)


def _note(job: JobView) -> str:
    text = job.error if job.over else job.progress.message
    return printable(": ".join(part for part in (job.state.value, text) if part))
