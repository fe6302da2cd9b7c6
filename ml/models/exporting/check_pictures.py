"""Draws pictures by which two models are held against each other."""

from __future__ import annotations

import keras
import numpy as np

from ml.models.exporting.served_model import Images

_CELLS = (2, 3, 5, 9, 17)


def check_pictures(height: int, width: int, count: int) -> Images:
    """Black, white, noise, and random fields from coarse to fine, (count, height, width, 3) uint8; always the same."""
    rng = np.random.default_rng(0)
    plain = [np.full((height, width, 3), value, np.uint8) for value in (0, 255)]
    drawn = (_field(rng, place, (height, width)) for place in range(max(0, count - len(plain))))
    return np.stack([*plain, *drawn][:count])


def _field(rng: np.random.Generator, place: int, size: tuple[int, int]) -> Images:
    if place % (len(_CELLS) + 1) == len(_CELLS):
        return rng.integers(0, 256, (*size, 3), np.uint8)
    cells = _CELLS[place % (len(_CELLS) + 1)]
    corners = rng.uniform(0, 255, (1, cells, cells, 3)).astype(np.float32)
    smooth = np.asarray(keras.ops.image.resize(corners, size))[0]
    return np.clip(np.rint(smooth), 0, 255).astype(np.uint8)
