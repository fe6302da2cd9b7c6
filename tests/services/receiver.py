"""A receiver of notices on loopback that behaves as badly as it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HUGE_BYTES = 1 << 32
_PIECE = b"x" * (1 << 16)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, and what came. The first part of the path says how it answers: ``/200``, ``/slow``, …"""

    host: str
    port: int
    requests: list[Received] = field(default_factory=list)
    sent_bytes: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, how: str) -> str:
        """The address at which it answers so."""
        return f"http://{self.host}:{self.port}/{how}"


@contextmanager
def receiver(host: str = "127.0.0.1", port: int = 0) -> Iterator[Receiver]:
    """A receiver that runs within."""
    made = Receiver(host, 0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            made.requests.append(Received(self.path, dict(self.headers), self.rfile.read(length)))
            with suppress(OSError):
                _answer(self, made)

        def log_message(self, *_: Any) -> None:
            """Write no log of requests."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(request: BaseHTTPRequestHandler, made: Receiver) -> None:
    how = request.path.split("/")[1]
    if how == "slow":  # a letter of a header now and then: no single wait is long
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not made.stopped.wait(0.2):
            request.wfile.write(b"x")
    elif how == "closes":
        request.connection.shutdown(socket.SHUT_RDWR)
    elif how == "nonsense":
        request.wfile.write(b"\x00\xff" * 1000)
    elif how == "huge":
        request.send_response(200)
        request.send_header("Content-Length", str(HUGE_BYTES))
        request.end_headers()
        while made.sent_bytes < HUGE_BYTES and not made.stopped.is_set():
            request.wfile.write(_PIECE)
            made.sent_bytes += len(_PIECE)
    elif how == "inward":
        request.send_response(302)
        request.send_header("Location", f"http://127.0.0.1:{made.port}/200/inside")
        request.end_headers()
    else:
        request.send_response(int(how) if how.isdecimal() else 200)
        request.send_header("Content-Length", "0")
        request.end_headers()
