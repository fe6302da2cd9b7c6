"""Tells an API that has moved from a page to which a redirect led, such as that on which a proxy has people sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from florescope.errors import ApiUnreachable
from florescope.http.foreign_answer import is_page

if TYPE_CHECKING:
    import httpx


def check_redirects(response: httpx.Response, api: str) -> None:
    """Let an answer pass to which no redirect led, or one from the API at another address.

    Raises:
        ApiUnreachable: it is a page, the request was not sent on, or it became a question (GET) on the way, as clients
            make of it after the statuses 301 to 303.
    """
    if response.has_redirect_location:
        raise _elsewhere(api, response.headers["location"])
    if not response.history:
        return
    first = response.history[0].request
    if is_page(response) or first.method != response.request.method:
        raise _elsewhere(api, str(response.url))


def _elsewhere(api: str, address: str) -> ApiUnreachable:
    return ApiUnreachable(
        f"the API at {api} redirects requests to {address}: give the address of the API itself; if that is a page to "
        "sign in on, have the proxy let requests with an API key pass"
    )
