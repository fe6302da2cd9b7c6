"""Formats lines of a job's log for a terminal."""

from __future__ import annotations

from cli.display.local_time import local_time
from cli.display.plain_text import printable
from florescope.log import LogLine


def log_text(line: LogLine) -> str:
    """One line: when, how grave, which step, what happened, and what else is known."""
    fields = [f"{name}={value}" for name, value in line.fields.items()]
    parts = (
        local_time(line.at),
        f"{line.level:<7}",
        line.step,
        line.event,
        *fields,
        line.worker and f"({line.worker})",
    )
    return printable(" ".join(filter(None, parts)))
