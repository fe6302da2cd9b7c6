"""What a span and a tracer are, for whoever makes them and whoever sends them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol

Role = Literal["server", "consumer", "internal"]
Attribute = str | int | float | bool


class Span(Protocol):
    """A piece of work with a beginning and an end, as traces show it."""

    def note(self, **attributes: Attribute) -> None:
        """Add attributes; their names begin with ``florescope.``."""
        ...

    def rename(self, name: str) -> None:
        """Give the span another name, where that is known only later."""
        ...

    def fail(self, reason: str) -> None:
        """Mark the span as failed."""
        ...


class Tracer(Protocol):
    """Makes spans and sends them."""

    def span(
        self, name: str, *, parent: str | None, role: Role, attributes: dict[str, Attribute]
    ) -> AbstractContextManager[Span]:
        """A span around what is done within; spans that begin within are its children."""
        ...

    def record(self, name: str, *, began_ns: int, ended_ns: int, attributes: dict[str, Attribute]) -> None:
        """A child of the current span that was timed elsewhere, in nanoseconds since the epoch."""
        ...

    def current(self) -> Span | None:
        """The span around what this thread does."""
        ...

    def traceparent(self) -> str | None:
        """The current span as W3C Trace Context writes it; None outside of any."""
        ...

    def flush(self, within_s: float) -> None:
        """Send what is left, and give up after a while."""
        ...
