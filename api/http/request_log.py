"""Logs each request when it is answered: who asked for what, and how long it took."""

from __future__ import annotations

import logging
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.caller import Caller

_log = structlog.stdlib.get_logger(__name__)
_ASKED_BY_MACHINES = ("/livez", "/readyz", "/metrics", "/static/")
_LONGEST_PATH = 500


class RequestLog:
    """ASGI middleware around the whole application.

    Neither the query nor a header is logged: some hold what is nobody's business. What probes, Prometheus and pages ask
    for all the time is logged at DEBUG, unless it goes wrong.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log it once its answer is complete or was broken off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})  # the same for everybody below, whatever they do with the scope
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            _note(scope, status, time.perf_counter() - began)


def _note(scope: Scope, status: int, took_s: float) -> None:
    if not structlog.is_configured():  # whoever embeds the API has not said how to log
        return
    by_machine = scope["path"].startswith(_ASKED_BY_MACHINES) and status < 400
    _log.log(
        logging.DEBUG if by_machine else logging.INFO,
        "request_answered",
        method=scope["method"],
        path=scope["path"][:_LONGEST_PATH],
        status=status or None,
        took_ms=round(took_s * 1000, 1),
        client=scope["client"][0] if scope.get("client") else None,
        **_who(scope.get("state", {}).get("caller")),
    )


def _who(caller: Caller | None) -> dict[str, str]:
    """Nothing where nobody had to say who they are."""
    return {"caller": caller.name, "key_id": caller.key_id} if caller is not None and caller.key_id else {}
