"""Prints what is deleted, kept and stored as tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.plain_text import printable

Json = dict[str, Any]


def print_deleted(items: Iterable[Json]) -> None:
    """One line for each deleted thing."""
    rows = ((item["kind"], item["name"], item["by"] or item["why"], item["until"][:16]) for item in items)
    print_table(("KIND", "NAME", "BY", "UNTIL (UTC)"), rows)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table without lines; names are never cut."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=heading == "NAME", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    stdout_console().print(table)


def print_usage(items: Iterable[Json]) -> None:
    """One line for each project and kind, the largest first."""
    ordered = sorted(items, key=lambda item: -item["bytes"])
    rows = (
        (
            item["project"] or "-",
            item["kind"],
            "deleted" if item["deleted"] else "",
            item["objects"],
            _mb(item["bytes"]),
        )
        for item in ordered
    )
    print_table(("PROJECT", "KIND", "", "OBJECTS", "MB"), rows)


def print_submitters(found: Sequence[Json]) -> None:
    """One line for each project and submitter, the largest first; nothing where nobody had to say who they are."""
    if found:
        ordered = sorted(found, key=lambda each: -each["bytes"])
        rows = ((each["project"], each["submitter"], _mb(each["bytes"])) for each in ordered)
        stdout_console().print()
        print_table(("PROJECT", "SUBMITTER", "MB"), rows)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"
