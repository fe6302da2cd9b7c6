"""Refuses requests for a name that is not this API's.

A page of another site can have its own name lead to this machine (DNS rebinding); a browser then takes the API for
that site and lets the page do everything. The name that was asked for gives it away.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problem import problem


class HostCheck:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let requests for known names pass; answer others with a problem that names the setting."""

        async def known(scope: Scope, receive: Receive, _: Send) -> None:
            await self._app(scope, receive, send)

        async def unknown(message: Message) -> None:
            if message["type"] == "http.response.start":
                await _refuse(scope, receive, send)

        await TrustedHostMiddleware(known, self._allowed, www_redirect=False)(scope, receive, unknown)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    name = request.headers.get("host", "")
    detail = f"this API does not go by the name {name!r}: FLORESCOPE_ALLOWED_HOSTS lists those that it goes by"
    await problem(request, 400, detail)(scope, receive, send)
