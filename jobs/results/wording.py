"""Writes measured numbers and names of the program as people read them, on pages and in reports."""

from __future__ import annotations


def percent(value: float | None) -> str:
    """A share between 0 and 1."""
    return "–" if value is None else f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    """A number in three digits, without needless zeros."""
    return "–" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def words(name: str) -> str:
    """A name from the program."""
    return name.replace("_", " ")
