"""Traces requests that change something: the span of a submission is where the trace of its job begins."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.security import SAFE_METHODS
from dispatch.traces import tracing

_SERVER_ERROR = 500


class RequestTrace:
    """ASGI middleware around the whole application; a caller's own trace goes on in it (``traceparent``)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, within a span where anybody traces."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or not tracing.on():
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        parent = headers.get(b"traceparent", b"").decode("latin-1") or None
        with tracing.span(scope["method"], parent=parent, role="server") as span:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.note(status=message["status"])
                    if message["status"] >= _SERVER_ERROR:
                        span.fail(f"answered {message['status']}")
                await send(message)

            await self._app(scope, receive, noting)
            span.rename(f"{scope['method']} {getattr(scope.get('route'), 'path', '')}".strip())
