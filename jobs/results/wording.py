"""Writes measured numbers and names of the program as people read them, on pages and in reports."""

from __future__ import annotations

import re

_CODE = re.compile(r"`([^`]+)`")
_BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
_NO_BREAK_SPACE = "\u00a0"


def percent(value: float | None) -> str:
    """A share between 0 and 1."""
    return "–" if value is None else f"{100 * value:.1f} %"


def unbroken(text: str) -> str:
    """A text for a page, whose lines end nowhere between a number and its percent sign."""
    return _BEFORE_PERCENT.sub(_NO_BREAK_SPACE, text)


def unbroken_percent(value: float | None) -> str:
    """A share between 0 and 1, for a page."""
    return unbroken(percent(value))


def number(value: float | None) -> str:
    """A number in three digits, without needless zeros; a whole one from 999.5, which three digits round to 1e+03."""
    return "–" if value is None else f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def words(name: str) -> str:
    """A name from the program."""
    return name.replace("_", " ")


def points(share: float | None) -> str:
    """A difference of two shares, in percentage points with its sign."""
    return "–" if share is None else f"{100 * share:+.1f}"


def p_value(value: float | None) -> str:
    """A p value in two digits, with what stands before it; below 0.0001 only that it is."""
    return "–" if value is None else f"= {value:.2g}" if value >= 1e-4 else "< 0.0001"


def code_parts(text: str) -> list[tuple[bool, str]]:
    """The parts of a text for a page, each with whether it stood between backticks, as commands and values do."""
    parts = enumerate(_CODE.split(text))
    return [(place % 2 == 1, part if place % 2 else unbroken(part)) for place, part in parts if part]
