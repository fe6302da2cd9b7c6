"""The API on a real socket, in a thread of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from api.http.header_deadline import HeaderDeadline

START_LIMIT_S = 60


@contextmanager
def api_client(app: FastAPI, *, port: int = 0) -> Iterator[httpx.Client]:
    """Serve the application on 127.0.0.1, on a free port unless one is named, and give a client for it."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1, http=HeaderDeadline)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{_port(server)}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_S)


def _port(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + START_LIMIT_S
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the API did not listen within {START_LIMIT_S} s")
        time.sleep(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])
