"""Sets headers that tell browsers what the pages may do, and refuses what other sites ask for."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problem import problem

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""For a page that a job made: it may show what it holds, and do nothing."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # where an answer says nothing else: it is for one caller, at this moment
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Where nothing travels through a network, so that TLS is not needed."""
_OWN_SITES = frozenset({"same-origin", "none"})


class SecurityHeaders:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers; refuse changes that a page of another site asks a browser for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if _allowed(Request(scope)) else _refuse
        await app(scope, receive, send_with_headers)


def _allowed(request: Request) -> bool:
    """Whether the request changes nothing, or comes from a page of this API or from no page at all.

    Where identity is off, whoever reaches this API may change it, and a browser behind a firewall does. Browsers say
    where a request comes from, in ``Sec-Fetch-Site`` or at least in ``Origin``; programs say neither.
    """
    if request.method in SAFE_METHODS:
        return True
    own = "origin" not in request.headers or _is_own_origin(request)
    return own and request.headers.get("sec-fetch-site", "none") in _OWN_SITES


def says_own_page(request: Request) -> bool:
    """Whether a browser says that a page of this API sent the request."""
    return _is_own_origin(request) or request.headers.get("sec-fetch-site") == "same-origin"


def _is_own_origin(request: Request) -> bool:
    with suppress(ValueError):  # it may be no address at all
        return urlsplit(request.headers.get("origin", "")).netloc.lower() == request.headers.get("host", "").lower()
    return False


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "a page of another site may not change anything here: use these pages, or a client"
    await problem(Request(scope), 403, detail)(scope, receive, send)
