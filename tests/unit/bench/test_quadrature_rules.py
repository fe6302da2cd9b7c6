from __future__ import annotations

import numpy as np
import pytest

from bench.explain.corrected_weights import corrected_weights
from bench.explain.ig_cost import needed, needed_by
from bench.explain.path_profile import Profile
from bench.explain.rules import RULES, adaptive_deltas, relative_delta


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


def test_the_adaptive_path_gets_closer_the_more_it_evaluates() -> None:
    evaluations, deltas = adaptive_deltas(profile(8.0), 128)
    assert evaluations[-1] == 128
    assert (np.diff(evaluations) > 0).all()
    assert abs(deltas[-1]) < abs(deltas[0]) / 4


def test_corrected_weights_meet_what_one_kink_in_an_interval_makes() -> None:
    """F rises with slope 1, and with slope 3 from 0.7 on."""
    nodes = np.array([0.0, 0.5, 1.0])
    values = np.where(nodes < 0.7, nodes, 0.7 + 3 * (nodes - 0.7))
    weights = corrected_weights(nodes, values, np.array([1.0, 1.0, 3.0]))
    assert weights.sum() == pytest.approx(1)
    assert weights @ [1.0, 1.0, 3.0] == pytest.approx(values[-1])
