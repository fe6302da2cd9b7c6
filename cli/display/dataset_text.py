"""Prints data sets as a table on stdout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.plain_text import printable


def print_datasets(items: Iterable[dict[str, Any]]) -> None:
    """One line per data set."""
    table = Table(box=None, pad_edge=False)
    for heading in ("NAME", "KIND", "CLASSES", "SPLITS"):
        table.add_column(heading, no_wrap=heading == "NAME", overflow="fold")
    for item in items:
        splits = ", ".join(f"{name} {count}" for name, count in (item["splits"] or {}).items())
        cells = (item["name"], item["kind"], "" if item["classes"] is None else item["classes"], splits)
        table.add_row(*(Text(printable(str(cell))) for cell in cells))
    stdout_console().print(table)
