"""The interval that stands beside a statistic of few images."""

from __future__ import annotations

import numpy as np
import pytest

from bench.explain.bootstrap import interval


def test_the_interval_of_equal_differences_is_their_value() -> None:
    assert interval([0.25] * 128, np.mean) == (0.25, 0.25)


def test_the_interval_of_a_mean_is_about_two_standard_errors_to_either_side() -> None:
    differences = np.random.default_rng(1).normal(0.1, 0.2, 400)
    error = differences.std() / np.sqrt(len(differences))
    low, high = interval(differences.tolist(), np.mean)
    assert low == pytest.approx(differences.mean() - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(differences.mean() + 1.96 * error, abs=0.1 * error)
