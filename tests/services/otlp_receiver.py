"""Receives traces by OTLP/HTTP on loopback, in a thread, and decodes them as any collector does."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

LIMIT_S = 60.0


@dataclass(frozen=True)
class ReceivedSpan:
    """A span; ids in hexadecimal, ``parent_id`` empty where it has none."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    failed: bool
    began_ns: int
    ended_ns: int
    attributes: dict[str, Any]


@dataclass
class OtlpReceiver:
    """What has arrived.

    Attributes:
        held: while it is clear, requests are answered; while it is set, they wait.
        status: what they are answered with.
    """

    spans: list[ReceivedSpan] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    status: int = 200
    endpoint: str = ""

    def take(self, path: str, body: bytes) -> None:
        """Decode the spans of a request."""
        assert path == "/v1/traces", path
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            self.spans += [_received(span, service) for scope in resource.scope_spans for span in scope.spans]

    def until(self, enough: Callable[[list[ReceivedSpan]], bool]) -> list[ReceivedSpan]:
        """Wait until something is true of the spans."""
        deadline = time.monotonic() + LIMIT_S
        while not enough(self.spans):
            assert time.monotonic() < deadline, f"these have arrived: {[span.name for span in self.spans]}"
            time.sleep(0.05)
        return list(self.spans)


@contextmanager
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """A receiver for the length of a test."""
    receiver = OtlpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.asked.set()
            while receiver.held.is_set():
                time.sleep(0.05)
            if receiver.status == 200:
                receiver.take(self.path, gzip.decompress(body) if self.headers["Content-Encoding"] else body)
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write no log of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, name="otlp", daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.held.clear()
        server.shutdown()
        server.server_close()


def _received(span: Any, service: str) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        failed=span.status.code == 2,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        attributes={name.removeprefix("florescope."): value for name, value in _values(span.attributes).items()},
    )


def _values(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in pairs}
