"""Prints methods of explanation as a table on stdout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.plain_text import printable


def print_methods(found: dict[str, Any]) -> None:
    """One line per method, and one per package whose method cannot be used."""
    table = Table(box=None, pad_edge=False)
    for heading in ("NAME", "TITLE", "PACKAGE", "OPTIONS", "WHAT IT DOES"):
        table.add_column(heading, no_wrap=heading == "NAME", overflow="fold")
    for item in found["items"]:
        cells = (item["name"], item["title"], item["package"] or "", "\n".join(_options(item)), item["docs"])
        table.add_row(*(Text("\n".join(map(printable, str(cell).split("\n")))) for cell in cells))
    console = stdout_console()
    console.print(table)
    for item in found["unusable"]:
        console.print(Text(printable(f"{item['name']} of {item['package']} cannot be used: {item['reason']}")))


def _options(item: dict[str, Any]) -> Iterator[str]:
    """Each option with its default, if it has one."""
    for name, option in ((item["options"] or {}).get("properties") or {}).items():
        yield f"{name}={option['default']}" if "default" in option else name
