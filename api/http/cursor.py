"""Writes the place where the next page of a list begins as a short text, and reads it back."""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Any

from jobs.errors import InvalidSpec

LARGEST = 1 << 53  # no list has more places, and all up to here are numbers of every kind


def encode(*position: object) -> str:
    """Make a text, fit for a URL, of a position in a list."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode(text: str, *types: type | tuple[type, ...]) -> list[Any]:
    """Read what ``encode`` wrote.

    Raises:
        InvalidSpec: it is no such text, or does not hold these types, or numbers that no list has.
    """
    try:
        position = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        position = None
    if not isinstance(position, list) or len(position) != len(types):
        raise _refused()
    if not all(_is(value, kind) for value, kind in zip(position, types, strict=True)):
        raise _refused()
    return position


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, int) and abs(value) > LARGEST:
        return False
    return isinstance(value, kind) and (not isinstance(value, float) or not math.isnan(value))


def _refused() -> InvalidSpec:
    return InvalidSpec("not a place in this list: pass what the page before gave as 'next'", field="after")
