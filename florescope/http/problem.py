"""Formats problem documents (RFC 9457) as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def describe_problem(response: httpx.Response) -> str:
    """The detail, then one indented line per field; the status line where the body is not a problem document."""
    try:
        body = response.json()
        detail = body.get("detail") or body.get("title")
        fields = [_field(item) for item in body.get("errors") or []]
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError):
        detail, fields = None, []
    status = f"{response.status_code} {response.reason_phrase}"
    head = f"{detail} ({status})" if detail else f"{status}, without a reason"
    return "\n".join([head, *fields])


def _field(item: dict[str, object]) -> str:
    return f"  {item.get('field') or '(the whole request)'}: {item.get('message')}"
