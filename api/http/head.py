"""Answers HEAD wherever there is a GET: the same answer without its body."""

from __future__ import annotations

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODILESS = "florescope.bodiless"
"""Set in the scope of a request whose answer is sent without its body."""


class HeadAsGet:
    """ASGI middleware around the routes, which only know GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a HEAD answered as a GET, and leave it once its headers are sent: a stream may never end."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        with anyio.CancelScope() as answering:

            async def send_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                    answering.cancel()

            await self._app(_as_get(scope), receive, send_headers)


def _as_get(scope: Scope) -> Scope:
    """Only a GET asks for a part of a file."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
    return {**scope, "method": "GET", "headers": headers, BODILESS: True}
