"""Formats problem documents (RFC 9457) as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


_PROBLEM = "application/problem+json"


def describe_problem(response: httpx.Response, api: str) -> str:
    """The detail, then one indented line per field; where no API gave it, as that of a proxy, that is said."""
    status = f"{response.status_code} {response.reason_phrase}"
    body = _object(response)
    detail = body.get("detail") or body.get("title")
    if detail is None and not response.headers.get("content-type", "").startswith(_PROBLEM):
        return f"{api} answers {status}, not as a Florescope API does: is the address right, or is a proxy before it?"
    head = f"{detail} ({status})" if detail else f"{status}, without a reason"
    return "\n".join([head, *_fields(body)])


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _fields(body: dict[str, Any]) -> list[str]:
    errors = body.get("errors")
    return [_field(item) for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []


def _field(item: dict[str, object]) -> str:
    return f"  {item.get('field') or '(the whole request)'}: {item.get('message')}"
