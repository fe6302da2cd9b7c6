"""Prints API keys as a table on stdout."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.plain_text import printable

Json = dict[str, Any]


def print_keys(keys: Iterable[Json]) -> None:
    """One line per key."""
    table = Table(box=None, pad_edge=False)
    for heading in ("ID", "NAME", "ROLE", "PROJECTS", "STATE", "CREATED", "QUOTA"):
        table.add_column(heading, no_wrap=heading == "ID", overflow="fold")
    for key in keys:
        quota = ", ".join(f"{name} {bound}" for name, bound in key["quota"].items() if bound is not None)
        projects, created = ", ".join(key["projects"]), key["created_at"][:10]
        cells = (key["id"], key["name"], key["role"], projects, state_of(key), created, quota)
        table.add_row(*(Text(printable(str(cell))) for cell in cells))
    stdout_console().print(table)


def state_of(key: Json) -> str:
    """Whether a key is of use, and until when."""
    if key["revoked_at"]:
        return f"revoked {key['revoked_at'][:10]}"
    if key["expires_at"] is None:
        return "valid"
    expired = datetime.fromisoformat(key["expires_at"]) <= datetime.now(UTC)
    return f"{'expired' if expired else 'valid until'} {key['expires_at'][:10]}"
