"""Takes whole numbers as JSON writes them: 2 and 2.0, but neither true nor "2"."""

from __future__ import annotations

from pydantic import BeforeValidator


def _of_json(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("write a whole number, without quotes")
    return value


WHOLE_NUMBER = BeforeValidator(_of_json)
"""Write it after the bounds of an ``int``: before them, the JSON schema would lose the bounds."""
