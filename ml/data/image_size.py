"""How large images are: a side in pixels where they are square, or height and width."""

from __future__ import annotations

from typing import TypeAlias

ImageSize: TypeAlias = int | tuple[int, int]
"""A side in pixels, or (height, width)."""


def height_and_width(size: ImageSize) -> tuple[int, int]:
    """Both sides in pixels."""
    return (size, size) if isinstance(size, int) else size
