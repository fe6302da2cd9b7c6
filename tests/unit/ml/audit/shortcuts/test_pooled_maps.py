from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.audit.shortcuts.pooled_maps import pooled_shares, usable


@given(height=st.integers(1, 30), width=st.integers(1, 30), seed=st.integers(0, 99))
def test_the_shares_of_a_map_sum_to_one(height: int, width: int, seed: int) -> None:
    maps = np.random.default_rng(seed).random((2, height, width)).astype(np.float32) + 0.01
    shares = pooled_shares(maps)
    assert shares.shape == (2, min(height, 8), min(width, 8))
    assert shares.sum(axis=(1, 2)) == pytest.approx(1, abs=1e-5)


def test_strength_and_resolution_do_not_matter() -> None:
    maps = np.random.default_rng(0).random((3, 8, 8)).astype(np.float32)
    enlarged = 7 * maps.repeat(3, axis=1).repeat(3, axis=2)
    np.testing.assert_allclose(pooled_shares(enlarged), pooled_shares(maps), rtol=1e-5)


def test_maps_that_are_empty_or_not_finite_are_not_usable() -> None:
    maps = np.ones((4, 2, 2), np.float32)
    maps[1], maps[2, 0, 0], maps[3, 1, 1] = 0, np.nan, np.inf
    assert usable(maps).tolist() == [True, False, False, False]
