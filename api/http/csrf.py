"""Puts the token of a session into every form of a page, so that no template has to think of it."""

from __future__ import annotations

import re

from markupsafe import escape

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
# Templates escape whatever they are given, so nothing but our own forms looks like one.
_FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>", re.IGNORECASE)


def with_token(page: str, token: str) -> str:
    """The page, each of whose forms that change something sends the token with it."""
    field = f'<input type="hidden" name="{FIELD}" value="{escape(token)}">'
    return _FORM.sub(lambda form: form[0] + field, page)
