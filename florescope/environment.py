"""What the client reads from the environment: it must not need the settings of a server."""

from __future__ import annotations

import os

API_URL = "FLORESCOPE_API_URL"
DEFAULT_URL = "http://127.0.0.1:8000"


def api_url() -> str:
    """The address of the API that is meant where none is named."""
    return os.environ.get(API_URL) or DEFAULT_URL  # noqa: TID251  (the one place where the client does)
