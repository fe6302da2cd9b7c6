"""Agreement of maps, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from ml.evaluation.map_agreement import at_resolution, map_agreement, strongest_overlap

SMALL_MAPS = arrays(np.float32, (4, 5), elements=st.integers(-3, 3).map(float))


def test_ties_share_their_mean_rank() -> None:
    first = np.array([[1.0, 2.0], [2.0, 4.0]])  # ranks 1, 2.5, 2.5, 4
    second = np.array([[1.0, 3.0], [2.0, 4.0]])  # ranks 1, 3, 2, 4
    # Deviations (-1.5, 0, 0, 1.5) and (-1.5, 0.5, -0.5, 1.5): 4.5 / √(4.5 · 5)
    assert map_agreement(first, second)[0] == pytest.approx(4.5 / math.sqrt(4.5 * 5))


@given(SMALL_MAPS, SMALL_MAPS)
def test_the_rank_correlation_is_spearmans(first: np.ndarray, second: np.ndarray) -> None:
    if first.min() < first.max() and second.min() < second.max():
        expected = spearmanr(first.ravel(), second.ravel()).statistic
        assert map_agreement(first, second)[0] == pytest.approx(expected, abs=1e-12)


def test_the_strongest_tenth_of_twenty_pixels_is_two_of_them() -> None:
    first, second = np.zeros(20), np.zeros(20)
    first[[3, 7]] = 5, 4
    second[[3, 11]] = 1, 2
    assert strongest_overlap(first, second) == 0.5


def test_equal_pixels_share_the_places_that_are_left() -> None:
    # One of the two places goes to pixel 0; pixels 1 to 4 share the other, a quarter each.
    first = np.array([9.0, 5, 5, 5, 5, *[0.0] * 15])
    second = np.array([9.0, 8, *[0.0] * 18])
    assert strongest_overlap(first, second) == pytest.approx((1 + 0.25) / 2)


@given(arrays(np.float64, 30, elements=st.integers(0, 4).map(float)))
def test_a_map_names_the_same_pixels_as_itself(values: np.ndarray) -> None:
    assert strongest_overlap(values, values) == pytest.approx(1.0)


def test_a_finer_map_is_averaged_over_the_areas_of_the_coarser() -> None:
    fine = np.arange(16.0).reshape(4, 4)
    assert at_resolution(fine, (2, 2)).tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert at_resolution(np.array([[1.0, 2.0, 4.0]]), (1, 2)) == pytest.approx(np.array([[4 / 3, 10 / 3]]))


@given(arrays(np.float64, (5, 7), elements=st.floats(-10, 10)), st.integers(1, 5), st.integers(1, 7))
def test_averaging_keeps_the_mean(heatmap: np.ndarray, rows: int, columns: int) -> None:
    assert at_resolution(heatmap, (rows, columns)).mean() == pytest.approx(heatmap.mean(), abs=1e-9)


def test_maps_of_unlike_resolution_that_show_the_same_agree() -> None:
    coarse = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert map_agreement(np.kron(coarse, np.ones((3, 3))), coarse) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("nothing", [np.zeros((2, 2)), np.full((2, 2), np.nan)])
def test_a_map_that_orders_nothing_agrees_with_none(nothing: np.ndarray) -> None:
    assert np.isnan(map_agreement(nothing, np.array([[1.0, 2.0], [3.0, 4.0]]))).all()
