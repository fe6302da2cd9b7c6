from __future__ import annotations

import numpy as np
import pytest

from bench.explain.bootstrap import interval
from bench.explain.corrected_weights import corrected_weights
from bench.explain.ig_cost import needed, needed_by
from bench.explain.ig_map import needed as needed_for_map
from bench.explain.path_profile import Profile
from bench.explain.rules import RULES, SIZES, relative_delta


def profile(power: float) -> Profile:
    """F = α to a power on a fine grid."""
    alphas = np.linspace(0, 1, 4097)
    return Profile(alphas, alphas**power, power * alphas ** (power - 1), np.zeros((1, 1), np.float32))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_weights_that_sum_to_one(name: str) -> None:
    nodes, weights = RULES[name](50)
    assert weights.sum() == pytest.approx(1, abs=1e-3)
    assert 0 <= nodes.min() < nodes.max() <= 1


@pytest.mark.parametrize("name", RULES)
def test_every_rule_integrates_a_parabola(name: str) -> None:
    assert relative_delta(RULES[name], profile(3.0), 256) == pytest.approx(0, abs=1e-3)


def test_a_size_counts_only_if_the_next_three_are_within_tolerance_too() -> None:
    sizes = (8, 16, 32, 64, 128, 256)
    assert needed(sizes, [0.5, 0.01, 0.2, -0.04, 0.03, -0.01]) == 64
    assert needed(sizes, [0.01, 0.01, 0.01, 0.01, 0.9, 0.9]) == 8
    assert needed(sizes, [0.9] * 6) == 256


def test_a_smooth_path_needs_few_nodes() -> None:
    assert needed_by(RULES["Gauss–Legendre"], profile(3.0)) == 8


def test_a_map_error_between_two_sizes_costs_what_lies_between_them() -> None:
    errors = 1 / np.array(SIZES, np.float64)
    assert needed_for_map(errors, 1 / 40) == pytest.approx(40)
    assert needed_for_map(errors, 2.0) == SIZES[0]
    assert needed_for_map(errors, 1e-9) == SIZES[-1]


def test_an_error_counts_as_reached_only_where_it_stays_so() -> None:
    errors = 1 / np.array(SIZES, np.float64)
    lucky = errors.copy()
    lucky[2] = 0.001
    assert needed_for_map(lucky, 1 / 40) == pytest.approx(40)


def test_the_interval_of_a_median_lies_around_it() -> None:
    low, high = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert low < 3 < high


def test_corrected_weights_meet_what_one_kink_in_an_interval_makes() -> None:
    """F rises with slope 1, and with slope 3 from 0.7 on."""
    nodes = np.array([0.0, 0.5, 1.0])
    values = np.where(nodes < 0.7, nodes, 0.7 + 3 * (nodes - 0.7))
    weights = corrected_weights(nodes, values, np.array([1.0, 1.0, 3.0]))
    assert weights.sum() == pytest.approx(1)
    assert weights @ [1.0, 1.0, 3.0] == pytest.approx(values[-1])
