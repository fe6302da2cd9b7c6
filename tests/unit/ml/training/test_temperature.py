from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from ml.evaluation.predictions import score
from ml.training.temperature import LIMIT, fit_temperature

CLASSES, IMAGES = 5, 4000


def drawn(seed: int, *, temperature: float, images: int = IMAGES) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels as often as softmax(logits / temperature) says."""
    random = np.random.default_rng(seed)
    logits = random.normal(scale=3, size=(images, CLASSES))
    shares = softmax(logits / temperature, axis=1).cumsum(axis=1)
    labels = (random.random((images, 1)) > shares).sum(axis=1)
    return logits, np.minimum(labels, CLASSES - 1).astype(np.int32)


@pytest.mark.parametrize("temperature", [0.5, 1, 2.5])
def test_the_temperature_that_labels_were_drawn_at_is_found(temperature: float) -> None:
    logits, labels = drawn(0, temperature=temperature)
    found = fit_temperature(logits, labels)
    assert found.temperature == pytest.approx(temperature, rel=0.1)
    assert found.error_after < 0.03


def test_a_model_that_is_too_sure_errs_less_afterwards() -> None:
    found = fit_temperature(*drawn(1, temperature=3))
    assert found.error_before > 0.1
    assert found.error_after < found.error_before / 4


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), temperature=st.floats(0.2, 8))
def test_dividing_never_raises_the_loss_and_never_changes_a_prediction(seed: int, temperature: float) -> None:
    logits, labels = drawn(seed, temperature=temperature, images=50)
    found = fit_temperature(logits, labels)
    before, after = score(logits, labels), score(logits / found.temperature, labels)
    assert after.loss() <= before.loss() + 1e-6
    np.testing.assert_array_equal(after.predictions, before.predictions)


def test_where_nothing_is_wrong_logits_stay_as_they_are() -> None:
    labels = np.arange(CLASSES, dtype=np.int32)
    found = fit_temperature(np.eye(CLASSES) * 2, labels)
    assert found.temperature == 1
    assert found.error_after == found.error_before


def test_logits_that_say_nothing_are_divided_by_no_more_than_the_limit() -> None:
    logits = np.eye(CLASSES)[[0, 1, 2, 3]] * 100
    found = fit_temperature(logits, np.array([1, 2, 3, 4], np.int32))
    assert found.temperature == pytest.approx(LIMIT, rel=0.01)
