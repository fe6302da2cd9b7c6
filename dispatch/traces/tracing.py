"""Traces of jobs: what lasted how long from the request to the last file. Off, and free, until ``start`` is called.

The context of a trace travels in the job's document (``Job.traceparent``), so that whoever works on the job later, on
whichever host and after whichever loss, adds to the same trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dispatch.traces.spans import Attribute, Role, Span, Tracer

FLUSH_LIMIT_S = 2.0


class _NoSpan:
    def note(self, **_: Attribute) -> None:
        """Do nothing: no span is recorded."""

    def rename(self, _: str) -> None:
        """Do nothing: no span is recorded."""

    def fail(self, _: str) -> None:
        """Do nothing: no span is recorded."""


NO_SPAN: Span = _NoSpan()
_tracers: list[Tracer] = []


def start(endpoint: str | None, *, service: str, instance: str, version: str) -> None:
    """Send traces of this process to an OTLP/HTTP endpoint from now on; nothing happens without one, or again.

    Args:
        endpoint: such as ``http://collector:4318``; spans go to ``/v1/traces`` below it.
        service: what this process is.
        instance: which one.
        version: of its code.
    """
    if not endpoint or _tracers:
        return
    from dispatch.traces.otlp import OtlpTracer  # noqa: PLC0415  (nobody else needs OpenTelemetry)

    _tracers.append(OtlpTracer(endpoint, service=service, instance=instance, version=version))


def stop() -> None:
    """Send what is left, within two seconds, and no more after that."""
    while _tracers:
        _tracers.pop().flush(FLUSH_LIMIT_S)


def on() -> bool:
    """Whether spans are recorded in this process."""
    return bool(_tracers)


@contextmanager
def span(name: str, *, parent: str | None = None, role: Role = "internal", **attributes: Attribute) -> Iterator[Span]:
    """A span around what is done within.

    Args:
        name: few different ones.
        parent: traceparent of the span that it belongs to; None: the current one.
        role: which end of a request or a message it is, if either.
        attributes: their names get the prefix ``florescope.``.
    """
    if not _tracers:
        yield NO_SPAN
        return
    with _tracers[0].span(name, parent=parent, role=role, attributes=attributes) as found:
        yield found


def current() -> Span:
    """The span around what this thread does; one that nobody looks at where there is none."""
    return (_tracers[0].current() if _tracers else None) or NO_SPAN


def traceparent() -> str | None:
    """The current span, to be handed on with a job."""
    return _tracers[0].traceparent() if _tracers else None


def record(name: str, *, began_ns: int, ended_ns: int, **attributes: Attribute) -> None:
    """A child of the current span that was timed elsewhere."""
    if _tracers:
        _tracers[0].record(name, began_ns=began_ns, ended_ns=ended_ns, attributes=attributes)
