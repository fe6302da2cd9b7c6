"""Tells answers of a Florescope API from those of another server, or of a proxy, at its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from florescope.errors import ApiUnreachable

if TYPE_CHECKING:
    import httpx

_FILES = "/artifacts/"
"""In the addresses of files, which may be pages; whoever fetches one checks its digest."""


def foreign(api: str, why: str) -> ApiUnreachable:
    """The error that says that something else answers at the address of the API."""
    return ApiUnreachable(f"{api} answers, but is not a Florescope API: {why}")


def is_page(response: httpx.Response) -> bool:
    """Whether this is a page for people, which no address is answered with that the client asks."""
    asked = response.history[0] if response.history else response
    return response.headers.get("content-type", "").startswith("text/html") and _FILES not in asked.request.url.path


def items_of(document: dict[str, Any], api: str, path: str) -> list[dict[str, Any]]:
    """The items of a list.

    Raises:
        ApiUnreachable: the document is no list of a Florescope API.
    """
    items = document.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise foreign(api, f"{path} gave no list of items")
    return items
