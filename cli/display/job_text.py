"""Prints jobs as tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.display import progress_text
from cli.display.asked import asked
from cli.display.local_time import local_time, seconds_between
from cli.display.plain_text import duration, number, printable
from florescope.job_view import JobView
from jobs.results.verdicts.verdict import verdict
from jobs.state import USABLE

WIDTH_OF_A_PIPE = 240
SHOWN, SHOWN_OF_A_LIST, LONGEST = 10, 6, 100
"""So many fields of a specification or numbers of a summary, parts of a list, and letters of a text; --json has all."""
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
        name = job.name
        if job.document.get("parent"):
            name = f"{name} (of {job.document['parent']})"
        cells = (job.kind, progress_text.amount(job.progress), local_time(job.created_at), name)
        kind, progress, created, label = (Text(printable(cell)) for cell in cells)
        table.add_row(Text(printable(job.id)), kind, _state(job), progress, created, label)
    stdout_console().print(table)


def print_job(job: JobView, *, url: str) -> None:
    """One job on one screen: what matters of it; ``url`` is that of the API."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("job", Text(f"{printable(job.kind)} {printable(job.id)}"))
    amount = progress_text.amount(job.progress)
    table.add_row("state", Text.assemble(_state(job), f", {amount}" if amount else ""))
    for name, value in _facts(job, url):
        table.add_row(name, Text(printable(value)))
    console = stdout_console()
    console.print(table)
    for sentence in verdict(job.kind, job.summary, complete=job.state in USABLE):
        console.print(Text(f"• {printable(sentence.text)}", style=TONES[sentence.tone]))


def _state(job: JobView) -> Text:
    paused = (job.document.get("turn") or {}).get("pause")
    return Text(f"{job.state.value}, paused" if paused else job.state.value, style=COLOURS.get(job.state.value, "cyan"))


def _facts(job: JobView, url: str) -> Iterator[tuple[str, str]]:
    page = job.links.get("page", "")
    facts = {
        "name": job.name,
        "tags": ", ".join(map(str, job.remarks.get("tags") or ())),
        "notes": _cut(str(job.remarks.get("notes") or "")),
        "queue": _queue(job.document.get("queue")),
        "turn": _turn(job.document.get("turn") or {}),
        "pace": "" if job.over else progress_text.pace(job.progress),
        "message": "" if job.over else job.progress.message,
        "error": job.error,
        "parent": job.document.get("parent") or "",
        "retry of": job.document.get("retry_of") or "",
        "times": _times(job),
        "asked": _short(asked(job.kind, job.spec)),
        "result": _short(_numbers(job.summary)),
        "page": f"{url}{page}" if page.startswith("/") else "",
    }
    yield from ((name, str(value)) for name, value in facts.items() if value)


def _queue(place: Any) -> str:
    """Where it waits; empty of a job that does not, or where a later release tells it in another way."""
    from jobs.live.at_work import QueuePlace  # noqa: PLC0415  (slow to load)

    try:
        return QueuePlace.model_validate(place).in_words() if place else ""
    except ValueError:
        return ""


def _turn(turn: dict[str, Any]) -> str:
    """Whether it is paused, and what is unusual of its priority and deadline; empty where nothing is."""
    pause, priority, deadline = turn.get("pause"), turn.get("priority", "normal"), turn.get("deadline")
    by = f" by {pause['by']}" if pause and pause.get("by") else ""
    parts = (
        f"paused{by}" if pause else "",
        f"{priority} priority" if priority != "normal" else "",
        f"must end by {local_time(str(deadline))}" if deadline else "",
    )
    return ", ".join(filter(None, parts))


def _times(job: JobView) -> str:
    """When it was submitted, how long it waited, and how long it took or takes."""
    started, finished = job.document.get("started_at"), job.document.get("finished_at")
    waited, took = seconds_between(job.created_at, started), seconds_between(started, finished)
    parts = [
        f"submitted {local_time(job.created_at)}" if job.created_at else "",
        f"waited {duration(waited)}" if waited is not None else "",
        f"took {duration(took)}" if took is not None else "",
    ]
    return ", ".join(filter(None, parts))


def _numbers(summary: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in summary.items() if isinstance(value, int | float) or name.endswith("_id"))


def _short(values: Iterable[tuple[str, Any]]) -> str:
    """The first of these values in one paragraph, and how many more there are."""
    found = [(name, value) for name, value in values if value not in (None, {}, [], "")]
    more = [f"{len(found) - SHOWN} more (--json)"] if len(found) > SHOWN else []
    return ", ".join([*(f"{name} {_value(value)}" for name, value in found[:SHOWN]), *more])


def _value(value: Any) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - SHOWN_OF_A_LIST} more" if len(value) > SHOWN_OF_A_LIST else ""
        return " + ".join(map(_value, value[:SHOWN_OF_A_LIST])) + more
    if isinstance(value, dict):
        return " + ".join(f"{name} {_value(item)}" for name, item in value.items())
    if isinstance(value, float):
        return number(value) if value.is_integer() else f"{value:.4g}"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
