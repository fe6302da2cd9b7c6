"""A small HTTP server on loopback, which answers as a test wrote it down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler], **told: Any) -> Iterator[Any]:
    """A server that runs within; ``told`` are attributes that its handler finds as ``self.server.<name>``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        vars(server).update(told)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
