from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.kinds.explain.raw_maps import RawMaps


@given(st.floats(1e-6, 1e6), st.integers(0, 2**32 - 1))
def test_maps_of_any_size_keep_three_digits(scale: float, seed: int) -> None:
    heatmap = (np.random.default_rng(seed).normal(size=(7, 7)) * scale).astype(np.float32)
    maps = RawMaps()
    assert [maps.add("one", 3, heatmap), maps.add("two", 4, -heatmap)] == [0, 1]
    with np.load(io.BytesIO(maps.encode()), allow_pickle=False) as found:
        assert found["maps"].dtype == np.float16
        assert found["image_ids"].tolist() == ["one", "two"]
        assert found["targets"].tolist() == [3, 4]
        restored = found["maps"].astype(np.float32) * found["scale"][:, None, None]
    np.testing.assert_allclose(restored[0], heatmap, atol=1e-3 * np.abs(heatmap).max())
    np.testing.assert_array_equal(restored[1], -restored[0])


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_map_without_meaning_becomes_zeros(value: float) -> None:
    maps = RawMaps()
    maps.add("one", 0, np.full((7, 7), value, np.float32))
    with np.load(io.BytesIO(maps.encode())) as found:
        assert not found["maps"].any()
        assert found["scale"].tolist() == [0]
