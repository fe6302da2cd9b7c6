from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.attribution.integrated_gradients.quadrature import (
    graded_nodes,
    interval_residuals,
    midpoints_of_worst,
    trapezoid_weights,
)


@given(st.integers(2, 200))
def test_weights_sum_to_one(count: int) -> None:
    assert trapezoid_weights(graded_nodes(count)).sum() == pytest.approx(1, abs=1e-12)


@given(count=st.integers(2, 60), halved=st.integers(1, 20), seed=st.integers(0, 9))
def test_refinement_keeps_the_partition(count: int, halved: int, seed: int) -> None:
    nodes = graded_nodes(count)
    residuals = np.random.default_rng(seed).normal(size=count - 1)
    middles = midpoints_of_worst(nodes, residuals, count=halved)
    refined = np.sort(np.concatenate([nodes, middles]))
    assert (np.diff(refined) > 0).all()
    assert set(nodes) <= set(refined)
    assert trapezoid_weights(refined).sum() == pytest.approx(1, abs=1e-12)


def test_the_interval_with_the_largest_residual_is_halved_first() -> None:
    middles = midpoints_of_worst(np.array([0.0, 0.2, 0.6, 1.0]), np.array([0.1, -0.9, 0.3]), count=1)
    assert middles.tolist() == pytest.approx([0.4])


def test_residuals_add_up_to_what_the_integral_misses() -> None:
    nodes = graded_nodes(9)
    residuals = interval_residuals(nodes, nodes**3, 3 * nodes**2)
    assert residuals.sum() == pytest.approx(1 - float(trapezoid_weights(nodes) @ (3 * nodes**2)))


def test_intervals_too_narrow_for_float32_give_way_to_the_next_worst() -> None:
    narrow = np.array([0.5, np.nextafter(np.float32(0.5), np.float32(1)), 1.0], np.float64)
    assert midpoints_of_worst(narrow, np.array([9.0, 1.0]), count=1).tolist() == pytest.approx([0.75])


def test_where_every_interval_is_too_narrow_none_is_halved() -> None:
    narrow = np.array([0.5, np.nextafter(np.float32(0.5), np.float32(1))], np.float64)
    assert midpoints_of_worst(narrow, np.array([9.0]), count=1).size == 0


def test_one_node_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        graded_nodes(1)
