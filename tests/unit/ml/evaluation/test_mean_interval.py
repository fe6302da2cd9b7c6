from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from ml.evaluation.mean_interval import mean_interval

RNG = np.random.default_rng(4)


def test_the_interval_is_that_of_scipys_t() -> None:
    values = RNG.normal(size=12)
    found = mean_interval(values)
    assert found is not None
    expected = t.interval(0.95, 11, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(12))
    assert found.interval_95 == pytest.approx(expected)
    assert found.mean == pytest.approx(values.mean())
    assert found.images == 12


def test_the_mean_of_areas_lies_in_95_of_100_intervals() -> None:
    """Areas are not normal: these lie between 0 and 1, most of them low."""
    inside = [mean_interval(RNG.beta(1, 3, 32)) for _ in range(400)]
    held = sum(each is not None and each.interval_95 is not None and _holds(each.interval_95) for each in inside)
    assert 0.91 <= held / 400 <= 0.99


def _holds(interval: tuple[float, float]) -> bool:
    return interval[0] <= 0.25 <= interval[1]


def test_one_number_has_no_interval_and_none_has_no_mean() -> None:
    one = mean_interval(np.array([0.5]))
    assert one is not None
    assert (one.mean, one.images, one.interval_95) == (0.5, 1, None)
    assert mean_interval(np.empty(0)) is None
