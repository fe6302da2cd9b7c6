"""Parses server-sent events from lines (HTML Living Standard, section 9.2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    name: str
    data: str


def read_events(lines: Iterable[str]) -> Iterator[Event | None]:
    """Events in the order of the stream, and None for each comment: a sign of life. Half an event is dropped."""
    name, data = "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name, "\n".join(data))
            name, data = "message", []
        elif not field:
            yield None
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)
