"""Drawn flowers, but few, and each drawn once in a process."""

from __future__ import annotations

from functools import cache

import pytest

from ml.data.example import Example
from ml.data.synthetic import synthetic_flowers

_draw = synthetic_flowers.example


@cache
def _drawn(split: str, index: int) -> Example:
    example = _draw(split, index)
    for array in (example.image, example.mask):
        if array is not None:
            array.flags.writeable = False
    return example


def make_flowers_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """36 to learn from, 18 to validate and 18 to test."""
    monkeypatch.setattr(synthetic_flowers, "SPLITS", {"train": 36, "validation": 18, "test": 18})
    draw_flowers_once(monkeypatch)


def draw_flowers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are, but each is drawn once in a process."""
    monkeypatch.setattr(synthetic_flowers, "example", _drawn)
