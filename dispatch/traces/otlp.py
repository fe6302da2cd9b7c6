"""Sends spans by OTLP/HTTP from a thread of their own; the only place that uses OpenTelemetry.

An endpoint that is down or slow costs spans, never work: the queue is bounded, and what it has no room for is dropped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from dispatch.traces.spans import Attribute, Role, Span

SEND_EVERY_MS = 1000
PREFIX = "florescope."
_HEADER = "traceparent"
_KINDS = {"server": trace.SpanKind.SERVER, "consumer": trace.SpanKind.CONSUMER, "internal": trace.SpanKind.INTERNAL}
_CONTEXT = TraceContextTextMapPropagator()
_log = structlog.get_logger(__name__)


class OtlpTracer:
    """The tracer of one process."""

    def __init__(self, endpoint: str, *, service: str, instance: str, version: str) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it tells of each failure, and we of each outage
        about = {"service.name": service, "service.instance.id": instance, "service.version": version}
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        exporter = _Told(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces"), endpoint)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY_MS))
        self._tracer = self._provider.get_tracer("florescope", version)

    @contextmanager
    def span(self, name: str, *, parent: str | None, role: Role, attributes: dict[str, Attribute]) -> Iterator[Span]:
        """See ``Tracer.span``."""
        with self._tracer.start_as_current_span(
            name, context=_context(parent), kind=_KINDS[role], attributes=_prefixed(attributes)
        ) as made:
            yield _OtlpSpan(made)

    def record(self, name: str, *, began_ns: int, ended_ns: int, attributes: dict[str, Attribute]) -> None:
        """See ``Tracer.record``."""
        made = self._tracer.start_span(name, start_time=began_ns, attributes=_prefixed(attributes))
        made.end(ended_ns)

    def current(self) -> Span | None:
        """See ``Tracer.current``."""
        found = trace.get_current_span()
        return _OtlpSpan(found) if found.get_span_context().is_valid else None

    def traceparent(self) -> str | None:
        """See ``Tracer.traceparent``."""
        carrier: dict[str, str] = {}
        _CONTEXT.inject(carrier)
        return carrier.get(_HEADER)

    def flush(self, within_s: float) -> None:
        """See ``Tracer.flush``: in a thread of its own, since the exporter waits as long as it likes."""
        sender = threading.Thread(target=self._provider.force_flush, name="last-traces", daemon=True)
        sender.start()
        sender.join(within_s)


class _OtlpSpan:
    def __init__(self, made: trace.Span) -> None:
        self._made = made

    def note(self, **attributes: Attribute) -> None:
        """See ``Span.note``."""
        self._made.set_attributes(_prefixed(attributes))

    def rename(self, name: str) -> None:
        """See ``Span.rename``."""
        self._made.update_name(name)

    def fail(self, reason: str) -> None:
        """See ``Span.fail``."""
        self._made.set_status(trace.Status(trace.StatusCode.ERROR, reason))


class _Told(SpanExporter):
    """An exporter whose outages are logged when they begin and when they end."""

    def __init__(self, exporter: SpanExporter, endpoint: str) -> None:
        self._exporter = exporter
        self._endpoint = endpoint
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them, once; what is not taken is lost."""
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            _log.warning("traces_not_sent", endpoint=self._endpoint)
        if self._failing and not failed:
            _log.info("traces_not_sent_no_more", endpoint=self._endpoint)
        self._failing = failed
        return result

    def shutdown(self) -> None:
        """Stop sending spans."""
        self._exporter.shutdown()


def _context(parent: str | None) -> Context | None:
    return _CONTEXT.extract({_HEADER: parent}) if parent else None


def _prefixed(attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    return {f"{PREFIX}{name}": value for name, value in attributes.items()}
