"""A file of one pixel in place of each figure: to draw one takes as long as a small evaluation."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image


def draw_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save each figure as a picture of one pixel."""

    def save(_: Figure, file: io.BytesIO, **__: Any) -> None:
        file.write(_one_pixel())

    monkeypatch.setattr(Figure, "savefig", save)


@cache
def _one_pixel() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()
