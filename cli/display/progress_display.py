"""Shows progress on stderr: bars on a terminal, otherwise plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from cli.display import progress_text
from cli.display.plain_text import printable
from cli.display.rich_display import RichDisplay
from florescope.job_view import JobView

FIRST_LINE_AFTER_S = 5.0
LONGEST_SILENCE_S = 300.0
"""Between two lines where nothing ends: short enough for services that end what says nothing for ten minutes."""


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
    """Prints a line whenever a state changes, and others at intervals that double: a log of hours has some dozens."""

    def __init__(self, out: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._last: dict[str, _Line] = {}

    def show(self, job: JobView) -> None:
        """See ``ProgressDisplay.show``."""
        now, text, last = self._clock(), progress_text.line(job), self._last.get(job.id)
        new_state = last is None or job.state.value != last.state
        if last is not None and not new_state and (now < last.next_at or text == last.text):
            return
        print(text, file=self._out, flush=True)
        pause_s = FIRST_LINE_AFTER_S if last is None or new_state else min(2 * last.pause_s, LONGEST_SILENCE_S)
        self._last[job.id] = _Line(job.state.value, text, pause_s, next_at=now + pause_s)


@dataclass(frozen=True)
class _Line:
    """What was printed of a job last, and when the next line is due."""

    state: str
    text: str
    pause_s: float
    next_at: float


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
