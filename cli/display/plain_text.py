"""Formats text from the API, numbers and durations for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text as one line without control characters, so that it cannot move the cursor or change colours."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def number(value: float) -> str:
    """Whole numbers without a point, others with two digits after it."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def duration(seconds: float) -> str:
    """A duration as ``0:42``, ``12:05`` or ``3:10:00``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
