"""A proxy before an S3 server that errs, delays, loses and breaks off answers, and flips bits, at seeded random."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import urlsplit

FAULTS = ("errs", "delays", "loses", "breaks_off", "flips_answer", "flips_request")
"""What can go wrong with a request: a 503 instead of an answer; seconds pass; it is carried out and nobody is told;
half of the answer arrives; a bit of what is read, or of what is written, is another one."""
OF_CONNECTIONS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
FULL = b"<Error><Code>XMinioStorageFull</Code><Message>There is no room left.</Message></Error>"
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
DELAY_S, ANSWER_LIMIT_S = 2.0, 60.0
SOUND: Mapping[str, float] = MappingProxyType({})


class FaultyS3:
    """Forwards to an S3 server on this machine.

    Attributes:
        port: where to connect.
        full: whether it takes nothing more.
        rates: the share of requests that each fault befalls; a request has one fault at most.
        happened: how often each fault has happened.
    """

    def __init__(self, port: int, *, seed: int = 0) -> None:
        self.full = False
        self.rates: Mapping[str, float] = SOUND
        self.happened = Counter[str]()
        self._target = port
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        faulty = self

        class Handler(_Handler):
            proxy = faulty

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint_url(self) -> str:
        """What clients are told."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Accept nothing more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fault_of(self, method: str, path: str) -> str | None:
        """Draw the fault of one request; bits flip only in the bytes of objects."""
        with self._lock:
            drawn = self._random.random()
            for name, rate in self.rates.items():
                drawn -= rate
                if drawn < 0:
                    fits = _fits(name, method, path)
                    self.happened[name] += fits
                    return name if fits else None
        return None

    def flipped(self, data: bytes) -> bytes:
        """The same with one bit another; of nothing, nothing."""
        if not data:
            return data
        with self._lock:
            place = self._random.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]

    def connect(self) -> HTTPConnection:
        """A connection to the server behind."""
        return HTTPConnection("127.0.0.1", self._target, timeout=ANSWER_LIMIT_S)


def _fits(fault: str, method: str, path: str) -> bool:
    if not fault.startswith("flips"):
        return True
    names_object = "/" in urlsplit(path).path.strip("/")  # and not a bucket alone
    return names_object and method == ("GET" if fault == "flips_answer" else "PUT")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle of a request is a matter of course here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyS3

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.proxy.full and self.command == "PUT":
            self._answer(507, {"Content-Type": "application/xml"}, FULL)
            return
        fault = self.proxy.fault_of(self.command, self.path)
        if fault == "errs":
            self._answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN)
            return
        if fault == "delays":
            time.sleep(DELAY_S)
        if fault == "flips_request":
            body = self.proxy.flipped(body)
        try:
            status, headers, answer = self._ask(body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        if fault == "loses":
            self.close_connection = True
        elif fault == "breaks_off":
            self._answer(status, headers, answer, sent=len(answer) // 2)
            self.close_connection = True
        else:
            self._answer(status, headers, self.proxy.flipped(answer) if fault == "flips_answer" else answer)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _forward  # noqa: N815  (http.server's names)

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        server = self.proxy.connect()
        try:
            kept = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
            server.request(self.command, self.path, body, kept)
            answer = server.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in OF_CONNECTIONS}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.getheader("Content-Length") or "0"
            return answer.status, headers, answer.read()
        finally:
            server.close()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes, *, sent: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:sent])

    def log_message(self, *_: object) -> None:
        """Write no log of requests."""


@contextmanager
def faulty_s3(port: int, *, seed: int = 0) -> Iterator[FaultyS3]:
    """A proxy for the length of a test."""
    proxy = FaultyS3(port, seed=seed)
    try:
        yield proxy
    finally:
        proxy.close()
