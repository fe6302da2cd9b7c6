"""Shows times of the API as clocks here do, and says in which zone."""

from __future__ import annotations

from datetime import datetime


def local_time(text: str) -> str:
    """``2026-11-27T14:09:16Z`` as ``2026-11-27 15:09:16 CET``; what is no time stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def seconds_between(start: str | None, end: str | None) -> float | None:
    """How long it was from one time to the other; None where one is not known."""
    try:
        return (datetime.fromisoformat(end or "") - datetime.fromisoformat(start or "")).total_seconds()
    except (ValueError, TypeError):
        return None
