"""Writes the name of a column into SQL: tables may be imported, and their columns be called anything."""

from __future__ import annotations


def quoted(name: str) -> str:
    """The name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'
