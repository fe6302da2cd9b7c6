"""The API on a real socket, in a thread of the test's process.

A server that is done with one application serves the next one: to start and to end one takes a fifth of a second.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.http.header_deadline import HeaderDeadline

START_LIMIT_S, END_LIMIT_S = 60, 20
LEAVES_WITHIN_S = 1.0
"""How long answers may take that are under way when their application is replaced."""


class ApiServer(uvicorn.Server):
    """Serves one application after the other, on one port.

    Attributes:
        app: the one that is served now.
    """

    def __init__(self, port: int = 0) -> None:
        config = {"log_level": "error", "interface": "asgi3", "lifespan": "off", "http": HeaderDeadline}
        super().__init__(uvicorn.Config(self._answer, port=port, timeout_graceful_shutdown=1, **config))  # type: ignore[arg-type]
        self.app: FastAPI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_LIMIT_S
        while self._loop is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the API did not listen within {START_LIMIT_S} s")
            time.sleep(0.01)

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"

    async def main_loop(self) -> None:
        """As uvicorn's own."""
        self._loop = asyncio.get_running_loop()
        await super().main_loop()

    def vacate(self) -> bool:
        """End whatever is still asked of the application, and let it go; False where it holds on."""
        assert self._loop is not None
        leaving = asyncio.run_coroutine_threadsafe(self._vacate(), self._loop)
        with suppress(TimeoutError):
            leaving.result(END_LIMIT_S)
            self.app = None
        return self.app is None

    def end(self) -> None:
        """Stop listening."""
        self.should_exit = True
        self._thread.join(END_LIMIT_S)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    async def _vacate(self) -> None:
        self._hang_up()
        if tasks := set(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=LEAVES_WITHIN_S)
            for task in late:
                task.cancel()
        while self.server_state.connections or self.server_state.tasks:
            self._hang_up()  # also on whoever came back, as a browser does at once
            await asyncio.sleep(0.001)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


_idle: list[ApiServer] = []


@contextmanager
def api_client(app: FastAPI, *, port: int = 0) -> Iterator[httpx.Client]:
    """Serve the application on 127.0.0.1, and give a client for it; at a port that is named, by a server of its own."""
    server = _idle.pop() if _idle and not port else ApiServer(port)
    server.app = app
    try:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            yield client
    finally:
        if port or not server.vacate():
            server.end()
        else:
            _idle.append(server)
