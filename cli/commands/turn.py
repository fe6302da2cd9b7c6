"""When a job that a command submits is to be done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """Its priority, and the time by which it must have ended; None leaves either to the API."""

    priority: str | None = None
    deadline: str | None = None
