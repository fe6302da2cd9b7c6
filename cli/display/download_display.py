"""Shows downloads on stderr: a bar on a terminal, otherwise nothing."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cli.display.plain_text import printable
from cli.display.rich_display import RichDisplay
from florescope.download.fetch_job import Fetched


class DownloadDisplay(RichDisplay):
    """Counts files and bytes; a context manager."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        super().__init__(
            Progress(
                TextColumn("{task.fields[files]} files", markup=False),
                BarColumn(bar_width=24),
                DownloadColumn(),
                TransferSpeedColumn(),
                TextColumn("{task.fields[name]}", style="dim", markup=False),
                console=console,
                disable=quiet,
            )
        )
        self._files = self._bytes = 0
        self._bar = self._progress.add_task("", total=None, files=0, name="")

    def show(self, result: Fetched) -> None:
        """Count one more file."""
        self._files += 1
        self._bytes += result.file.size
        self._progress.update(self._bar, completed=self._bytes, files=self._files, name=printable(result.file.name))


def download_display(*, quiet: bool = False) -> DownloadDisplay:
    """The display for stderr; shows nothing if ``quiet`` is set or stderr is not a terminal."""
    console = Console(stderr=True)
    return DownloadDisplay(console, quiet=quiet or not console.is_terminal)
