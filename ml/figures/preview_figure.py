"""Draws a grid of original images, each above its augmented version, with the labels underneath."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Label = tuple[tuple[str, float], ...]
"""Class names, each with its share of the image."""

TILE = 168
COLUMNS = 8
_GAP, _LINE, _MARGIN, _FONT_SIZE = 10, 17, 16, 12
_INK, _SOFT = "#1f2328", "#626a73"


@dataclass(frozen=True, eq=False)
class Pair:
    """One image before and after: ``original`` and ``varied`` are (S, S, 3) uint8, each with its label."""

    original: Pixels
    name: str
    varied: Pixels
    label: Label


def preview_png(pairs: Sequence[Pair], *, title: str) -> bytes:
    """Draw the grid as PNG; the widest row has ``COLUMNS`` pairs."""
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    lines = max(len(pair.label) for pair in pairs)
    height = 2 * TILE + (1 + lines) * _LINE + 3 * _GAP
    size = (2 * _MARGIN + columns * (TILE + _GAP) - _GAP, 2 * _MARGIN + 2 * _LINE + rows * height)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN), _fitting(title, size[0] - 2 * _MARGIN), _INK, _font())
    for number, pair in enumerate(pairs):
        row, column = divmod(number, columns)
        _draw_pair(sheet, pair, (_MARGIN + column * (TILE + _GAP), _MARGIN + 2 * _LINE + row * height))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def caption(label: Label) -> tuple[str, ...]:
    """One line per class: its name, and its share where there are several."""
    if len(label) == 1:
        return (label[0][0],)
    return tuple(f"{share:.2f} {name}" for name, share in label)


def _draw_pair(sheet: Image.Image, pair: Pair, place: tuple[int, int]) -> None:
    left, top = place
    draw = ImageDraw.Draw(sheet)
    sheet.paste(_tile(pair.original), place)
    draw.text((left, top + TILE + 2), _fitting(pair.name, TILE), _SOFT, _font())
    below = top + TILE + _LINE + _GAP
    sheet.paste(_tile(pair.varied), (left, below))
    for number, line in enumerate(caption(pair.label)):
        draw.text((left, below + TILE + 2 + number * _LINE), _fitting(line, TILE), _INK, _font())


def _tile(image: Pixels) -> Image.Image:
    return Image.fromarray(image).resize((TILE, TILE), Image.Resampling.LANCZOS)


def _fitting(text: str, width: int) -> str:
    """The text, shortened to fit this many pixels."""
    if _font().getlength(text) <= width:
        return text
    kept = next(n for n in range(len(text), -1, -1) if _font().getlength(text[:n] + "…") <= width)
    return text[:kept] + "…"


@cache
def _font() -> ImageFont.FreeTypeFont:
    """The font that comes with matplotlib, the same on every machine."""
    return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), _FONT_SIZE)
