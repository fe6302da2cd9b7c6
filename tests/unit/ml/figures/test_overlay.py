from __future__ import annotations

import io
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from ml.figures.overlay import overlay_png, unit_range

PHOTO = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
KINDS: tuple[Literal["sequential", "diverging"], ...] = ("sequential", "diverging")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf])
def test_a_constant_map_is_drawn_and_never_breaks(kind: Literal["sequential", "diverging"], value: float) -> None:
    drawn = Image.open(io.BytesIO(overlay_png(PHOTO, np.full((32, 32), value, np.float32), kind=kind)))
    assert drawn.size == (32, 32)


def test_red_speaks_for_the_class_and_blue_against_it() -> None:
    heatmap = np.zeros((32, 32), np.float32)
    heatmap[:, :16], heatmap[:, 16:] = 1, -1
    drawn = np.asarray(Image.open(io.BytesIO(overlay_png(PHOTO, heatmap, kind="diverging")))).astype(int)
    assert (drawn[8:24, 4:12, 0] > drawn[8:24, 4:12, 2]).all()
    assert (drawn[8:24, 20:28, 2] > drawn[8:24, 20:28, 0]).all()


def test_one_extreme_pixel_does_not_darken_the_others() -> None:
    heatmap = np.ones((32, 32), np.float32)
    heatmap[0, 0] = 1e6
    assert unit_range(heatmap)[5, 5] == 1


def test_a_single_bright_pixel_is_not_clipped_away() -> None:
    heatmap = np.zeros((32, 32), np.float32)
    heatmap[3, 4] = 7
    assert unit_range(heatmap)[3, 4] == 1


def test_a_coarse_map_is_enlarged_to_the_photograph() -> None:
    coarse = np.zeros((2, 2), np.float32)
    coarse[0, 0] = 1
    drawn = np.asarray(Image.open(io.BytesIO(overlay_png(PHOTO, coarse, kind="sequential")))).astype(int)
    assert drawn.shape == PHOTO.shape
    assert drawn[:8, :8].sum() > drawn[24:, 24:].sum()
