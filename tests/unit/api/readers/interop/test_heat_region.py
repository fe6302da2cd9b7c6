"""Regions of maps, and COCO's code for them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from api.readers.interop.heat_region import HeatRegion, heat_region


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans()))
def test_run_lengths_give_the_pixels_back(pixels: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> None:
    counts = HeatRegion(pixels).run_lengths
    decoded = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    assert (decoded.reshape(pixels.shape, order="F") == pixels).all()
    assert sum(counts[1::2]) == HeatRegion(pixels).area


def test_a_region_is_where_the_map_is_strong_in_pixels_of_the_picture() -> None:
    heatmap = np.zeros((4, 4), np.float32)
    heatmap[1, 2] = 5.0
    region = heat_region(heatmap, height=40, width=80)
    assert region is not None
    left, top, width, height = region.box
    assert left <= 40
    assert left + width >= 60  # the third of four columns
    assert top <= 10
    assert top + height >= 20
    assert region.area < 40 * 80 / 4
    assert region.pixels[15, 50]
    assert not region.pixels[35, 5]


def test_a_map_that_speaks_for_nothing_has_no_region() -> None:
    for empty in (np.zeros((3, 3)), np.full((3, 3), -1.0), np.full((3, 3), np.nan)):
        assert heat_region(empty.astype(np.float32), height=9, width=9) is None
