"""What the client reads from the environment: it must not need the settings of a server."""

from __future__ import annotations

import os

API_URL = "FLORESCOPE_API_URL"
API_KEY = "FLORESCOPE_API_KEY"
PROJECT = "FLORESCOPE_PROJECT"
DEFAULT_URL = "http://127.0.0.1:8000"


def api_url() -> str:
    """The address of the API that is meant where none is named."""
    return os.environ.get(API_URL) or DEFAULT_URL  # noqa: TID251  (the one place where the client does)


def api_key() -> str | None:
    """The key that says who makes requests; None where the API does not ask."""
    return os.environ.get(API_KEY) or None  # noqa: TID251


def project() -> str | None:
    """The project that jobs are submitted to; None where the key has one only."""
    return os.environ.get(PROJECT) or None  # noqa: TID251
