"""Prints jobs as tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.display import progress_text
from cli.display.plain_text import number, printable
from florescope.job_view import JobView
from jobs.results.verdict import verdict
from jobs.state import USABLE

WIDTH_OF_A_PIPE = 240
TIMES = ("created_at", "started_at", "finished_at")
_TABLES = frozenset({"faithfulness", "cascade", "weak_classes", "map_correlation", "verdict", "left_out"})
"""What of a summary is too much for a line: the page and the report of the job show it, and so does ``--json``."""
TONES = {"good": "green", "warn": "yellow", "bad": "red", "plain": ""}
COLOURS = {"succeeded": "green", "completed_with_errors": "yellow", "failed": "red", "cancelled": "dim"}


def stdout_console() -> Console:
    """A console on stdout; wide where stdout is not a terminal, so that nothing is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH_OF_A_PIPE)


def print_jobs(jobs: Iterable[JobView]) -> None:
    """One line per job."""
    table = Table(box=None, pad_edge=False)
    for heading in ("ID", "KIND", "STATE", "PROGRESS", "CREATED", "NAME"):
        table.add_column(heading, no_wrap=heading in {"ID", "STATE"}, overflow="fold")
    for job in jobs:
        name = str(job.spec.get("name") or "")
        if job.document.get("parent"):
            name = f"{name} (of {job.document['parent']})"
        cells = (job.kind, progress_text.amount(job.progress), job.created_at[:19], name)
        kind, progress, created, label = (Text(printable(cell)) for cell in cells)
        table.add_row(Text(printable(job.id)), kind, _state(job), progress, created, label)
    stdout_console().print(table)


def print_job(job: JobView) -> None:
    """One job, one line per property."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("job", Text(f"{printable(job.kind)} {printable(job.id)}"))
    table.add_row("state", _state(job))
    for name, value in _facts(job):
        table.add_row(Text(printable(name)), Text(printable(value)))
    console = stdout_console()
    console.print(table)
    for sentence in verdict(job.kind, job.summary, complete=job.state in USABLE):
        console.print(Text(f"• {printable(sentence.text)}", style=TONES[sentence.tone]))


def _state(job: JobView) -> Text:
    return Text(job.state.value, style=COLOURS.get(job.state.value, "cyan"))


def _facts(job: JobView) -> Iterator[tuple[str, str]]:
    facts = {
        "progress": progress_text.amount(job.progress),
        "pace": "" if job.over else progress_text.pace(job.progress),
        "message": job.progress.message,
        "error": job.error,
        **{name.replace("_", " "): str(job.document.get(name) or "") for name in ("parent", "retry_of")},
        **{name[:-3]: str(job.document.get(name) or "")[:19] for name in TIMES},
    }
    yield from ((name, value) for name, value in facts.items() if value)
    for sentence in job.summary.get("verdict") or ():
        yield "says", str(sentence["text"])
    for heading, values in (("spec", job.spec), ("summary", job.summary)):
        for name, value in values.items():
            if value not in (None, {}, []) and name not in _TABLES:
                yield f"{heading}.{name}", _value(value)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(item)}" for name, item in value.items())
    if isinstance(value, float):
        return number(value) if value.is_integer() else f"{value:.4g}"
    return str(value)
