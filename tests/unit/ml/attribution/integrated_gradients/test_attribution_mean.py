from __future__ import annotations

import numpy as np
import pytest

from ml.attribution.integrated_gradients.attribution import Attribution
from ml.attribution.integrated_gradients.attribution_mean import AttributionMean


def attribution(value: float, delta: float, *flags: str) -> Attribution:
    heatmap = np.full((2, 2), (value - 1 + delta) / 4, np.float32)
    return Attribution(heatmap, value=value, baseline_value=1.0, delta=delta, evaluations=30, flags=flags)


def test_the_mean_map_adds_up_to_the_mean_difference_plus_the_mean_delta() -> None:
    mean = AttributionMean(2)
    assert not mean.add(attribution(3.0, 0.5))
    assert mean.add(attribution(5.0, -0.1))
    found = mean.result()
    assert found.delta == pytest.approx(0.2)
    assert found.map.sum() == pytest.approx(found.value - found.baseline_value + found.delta, abs=1e-6)
    assert found.evaluations == 60


def test_errors_that_cancel_are_still_told_by_the_worst_path() -> None:
    mean = AttributionMean(2)
    mean.add(attribution(3.0, 0.5))
    mean.add(attribution(3.0, -0.5, "unconverged"))
    found = mean.result()
    assert found.relative_delta == pytest.approx(0)
    assert mean.worst_relative_delta == pytest.approx(0.25)
    assert found.flags == ("unconverged",)


@pytest.mark.parametrize("order", [(float("nan"), 3.0), (3.0, float("nan"))])
def test_a_path_whose_numbers_broke_is_the_worst_whenever_it_comes(order: tuple[float, float]) -> None:
    mean = AttributionMean(2)
    for value in order:
        mean.add(attribution(value, 0.5))
    assert np.isnan(mean.worst_relative_delta)


def test_a_delta_is_judged_by_the_difference_and_where_that_is_small_by_a_tenth_of_a_logit() -> None:
    assert attribution(3.0, 0.5).judged_delta == pytest.approx(0.25)
    assert attribution(1.001, -0.005).judged_delta == pytest.approx(0.05)


def test_errors_of_the_maps_are_added_up_as_if_none_cancelled() -> None:
    maps = [np.array([[4.0, 0.0]], np.float32), np.array([[-2.0, 2.0]], np.float32)]
    mean = AttributionMean(2)
    for heatmap, error in zip(maps, (0.05, 0.1), strict=True):
        mean.add(Attribution(heatmap, 1.0, 0.0, delta=0.0, evaluations=24, map_error=error, harder="sum"))
    found = mean.result()
    assert found.map_error == pytest.approx((0.05 * 4 + 0.1 * 4) / (2 + 2))
    assert found.harder == "sum"


def test_the_mean_of_one_path_is_that_path() -> None:
    one, mean = attribution(3.0, 0.5, "absolute_tolerance"), AttributionMean(1)
    assert mean.add(one)
    found = mean.result()
    np.testing.assert_array_equal(found.map, one.map)
    assert (found.value, found.delta, found.flags) == (one.value, one.delta, one.flags)
