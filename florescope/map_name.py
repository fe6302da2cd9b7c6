"""Names the maps of an image as the API does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def map_name(method: Mapping[str, Any]) -> str:
    """As ``links`` calls it: maps of further classes are told apart by the class, those of a contrast by that word."""
    if method.get("contrast"):
        return f"{method['method']}:contrast"
    return str(method["method"]) if method.get("rank", 1) == 1 else f"{method['method']}:{method['target']}"
