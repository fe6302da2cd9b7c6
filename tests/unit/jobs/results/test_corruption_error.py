from __future__ import annotations

import pytest

from jobs.results.evaluation.evaluation_totals import corruption_errors, mean_corruption_error

ERRORS = {"blur": {1: 0.2, 2: 0.4}, "noise": {1: 0.1, 2: 0.3}}


def test_without_a_baseline_it_is_the_mean_error() -> None:
    found = corruption_errors(ERRORS)
    assert found == pytest.approx({"blur": 0.3, "noise": 0.2})
    assert mean_corruption_error(found) == pytest.approx(0.25)


def test_a_model_is_as_good_as_itself() -> None:
    assert mean_corruption_error(corruption_errors(ERRORS, baseline=ERRORS)) == pytest.approx(1)


def test_sums_over_severities_are_divided_not_single_errors() -> None:
    baseline = {"blur": {1: 0.1, 2: 0.9}, "noise": {1: 0.4, 2: 0.4}}
    assert corruption_errors(ERRORS, baseline=baseline) == pytest.approx({"blur": 0.6, "noise": 0.5})


def test_a_baseline_without_errors_gives_no_ratio_and_is_left_out_of_the_mean() -> None:
    baseline = {"blur": {1: 0.0, 2: 0.0}, "noise": {1: 0.4, 2: 0.4}}
    found = corruption_errors(ERRORS, baseline=baseline)
    assert found["blur"] is None
    assert mean_corruption_error(found) == pytest.approx(0.5)
    assert mean_corruption_error({}) is None
