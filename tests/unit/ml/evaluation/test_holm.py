from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.evaluation.holm import holm_adjusted


def test_p_values_are_multiplied_by_how_many_are_left_and_never_fall() -> None:
    assert holm_adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_nothing_is_corrected_to_nothing() -> None:
    assert holm_adjusted([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_corrected_p_value_is_none_the_smaller_and_at_most_1(p_values: list[float]) -> None:
    corrected = holm_adjusted(p_values)
    assert all(p <= found <= 1 for p, found in zip(p_values, corrected, strict=True))
    assert [p for _, p in sorted(zip(p_values, corrected, strict=True))] == sorted(corrected)
