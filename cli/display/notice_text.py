"""Prints channels and notices as tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.local_time import local_time
from cli.display.plain_text import printable

Json = dict[str, Any]


def print_channels(channels: Iterable[Json]) -> None:
    """One line per channel."""
    rows = [
        (
            each["name"],
            each["kind"],
            each["address"],
            ", ".join(each["states"]),
            "every job" if each["every_job"] else "jobs that name it",
        )
        for each in channels
    ]
    _print(("NAME", "KIND", "ADDRESS", "TELLS OF", "OF"), rows)


def print_notices(notices: Iterable[Json]) -> None:
    """One line per notice."""
    _print(("AT", "CHANNEL", "OF", "STATE", "TRIES", "LAST TRY", "NEXT TRY"), [_row(each) for each in notices])


def _row(notice: Json) -> tuple[str, ...]:
    tries = notice["attempts"]
    return (
        local_time(notice["created_at"]),
        notice["channel"],
        notice["job_id"] or notice["event"],
        notice["state"].replace("_", " "),
        str(len(tries)),
        tries[-1]["outcome"] if tries else "",
        local_time(notice["next_at"]) if notice["next_at"] else "",
    )


def _print(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    stdout_console().print(table)
