from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from drawing.levels import CLIP_PERCENTILE, clip_limit, levels, smoothed, unit_range


def test_one_extreme_pixel_does_not_darken_the_others() -> None:
    heatmap = np.ones((32, 32), np.float32)
    heatmap[0, 0] = 1e6
    assert unit_range(heatmap)[5, 5] == 1


def test_a_single_bright_pixel_is_not_clipped_away() -> None:
    heatmap = np.zeros((32, 32), np.float32)
    heatmap[3, 4] = 7
    assert unit_range(heatmap)[3, 4] == 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 999), height=st.integers(1, 40), width=st.integers(1, 40))
def test_maps_are_clipped_at_numpys_percentile(seed: int, height: int, width: int) -> None:
    magnitudes = np.random.default_rng(seed).random((height, width), np.float32) + 0.1
    assert clip_limit(magnitudes) == pytest.approx(np.percentile(magnitudes, CLIP_PERCENTILE), rel=1e-6)


@pytest.mark.parametrize("side", [3, 7, 32, 224])
@pytest.mark.parametrize("share", [0.018, 0.04])
def test_smoothing_is_scipys_gaussian(side: int, share: float) -> None:
    heatmap = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
    np.testing.assert_allclose(smoothed(heatmap, share), gaussian_filter(heatmap, share * side), atol=2e-6)


def test_signed_maps_have_their_zero_in_the_middle() -> None:
    found = levels(np.array([[-1, 0, 1]], np.float32), "diverging", width=3, height=1)
    assert np.asarray(found).tolist() == [[0, 128, 255]]


def test_values_below_zero_are_nothing_in_a_sequential_map() -> None:
    found = levels(np.array([[-1, 0, 1]], np.float32), "sequential", width=3, height=1)
    assert np.asarray(found).tolist() == [[0, 0, 255]]
