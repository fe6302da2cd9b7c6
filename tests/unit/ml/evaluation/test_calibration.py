"""The expected calibration error beside what chance alone makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ml.evaluation import calibration
from ml.evaluation.calibration import CalibrationError, calibration_error
from ml.evaluation.predictions import Predictions

Confidences = NDArray[np.float64]


def predicted(confidences: Confidences, right: NDArray[np.bool_]) -> Predictions:
    count = len(confidences)
    return Predictions(
        np.where(right, 0, 1).astype(np.int32), np.zeros(count, np.int32), confidences.astype(np.float32)
    )


def confidences_of(count: int, random: np.random.Generator) -> Confidences:
    """As a classifier of many classes has them: many above 0.8, some down to 0.2."""
    return random.beta(4, 1.2, count)


def drawn(count: int, seed: int, *, power: float = 1.0) -> CalibrationError:
    """Of a model that is right as often as its confidence says, or as its ``power`` where that is not 1."""
    random = np.random.default_rng(seed)
    confidences = confidences_of(count, random)
    found = calibration_error(predicted(confidences, random.random(count) < confidences**power), seed=seed)
    assert found is not None
    return found


def test_a_perfect_model_of_256_images_has_an_error_of_about_5_per_cent() -> None:
    assert drawn(256, 0).perfect == pytest.approx(0.05, abs=0.01)


def test_more_images_leave_less_to_chance() -> None:
    """Four times the images halve what a perfect model gets."""
    assert drawn(1024, 0).perfect / drawn(256, 0).perfect == pytest.approx(0.5, abs=0.1)


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough where an average over many sets of images is looked at."""
    monkeypatch.setattr(calibration, "RESAMPLES", 200)


@pytest.mark.usefixtures("few_resamples")
def test_a_perfect_model_lies_within_what_is_stated() -> None:
    found = [drawn(256, seed) for seed in range(60)]
    assert np.mean([each.error for each in found]) == pytest.approx(np.mean([each.perfect for each in found]), rel=0.05)
    assert 0.85 <= np.mean([each.error <= each.perfect_p95 for each in found]) <= 1


def test_a_model_that_is_too_sure_lies_beyond_what_a_perfect_one_gets() -> None:
    found = drawn(256, 1, power=3)
    assert found.error > found.perfect_p95
    assert found.interval_95[0] > found.perfect


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_interval_holds_the_mean_error_of_such_sets_of_images(power: float) -> None:
    """95 % of the intervals should; of 80, no fewer than 68 (1 in 1,000)."""
    found = [drawn(256, seed, power=power) for seed in range(80)]
    mean = np.mean([each.error for each in found])
    assert sum(each.interval_95[0] <= mean <= each.interval_95[1] for each in found) >= 68


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_the_interval_holds_the_error_and_nothing_below_zero(count: int, seed: int) -> None:
    found = drawn(count, seed)
    low, high = found.interval_95
    assert 0 <= low <= found.error + 1e-9
    assert found.error <= high + 1e-9
    assert found.images == count


def test_the_interval_of_a_model_that_is_sure_and_mostly_wrong_ends_at_one() -> None:
    """Two of three are wrong at confidence 1: moved by what drawing adds, samples would reach beyond it."""
    found = calibration_error(predicted(np.ones(3), np.array([True, False, False])))
    assert found is not None
    assert found.error == pytest.approx(2 / 3)
    assert found.interval_95[1] == 1.0


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(100, 3) == drawn(100, 3)


def test_of_no_images_there_is_no_error() -> None:
    assert calibration_error(predicted(np.empty(0), np.empty(0, np.bool_))) is None
