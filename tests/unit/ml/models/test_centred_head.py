"""A centred classifier is the same classifier."""

from __future__ import annotations

import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.special import softmax

from ml.models.centred_head import centre_logits, centred
from ml.models.classifier import build_head

WEIGHTS = npst.arrays(
    np.float32, npst.array_shapes(min_dims=1, max_dims=2, max_side=6), elements=st.floats(-50, 50, width=32)
)


def head(seed: int = 1) -> keras.Model:
    made = build_head(6, num_classes=5, dropout=0.2, seed=seed)
    random = np.random.default_rng(seed)
    made.get_layer("logits").set_weights([random.normal(2, 3, (6, 5)), random.normal(-4, 2, 5)])
    return made


def test_no_prediction_changes() -> None:
    features = np.random.default_rng(0).uniform(0, 3, (64, 6)).astype(np.float32)
    model = head()
    before = np.asarray(model(features), np.float64)
    centre_logits(model)
    after = np.asarray(model(features), np.float64)
    np.testing.assert_allclose(softmax(after, axis=1), softmax(before, axis=1), atol=1e-6)
    np.testing.assert_allclose(after, before - before.mean(axis=1, keepdims=True), atol=1e-4)
    assert np.abs(before.mean(axis=1)).max() > 1


@given(WEIGHTS)
def test_centred_weights_sum_to_zero_over_the_classes(weights: np.ndarray) -> None:
    assert np.abs(centred(weights).sum(axis=-1)).max() < 1e-4


@given(WEIGHTS)
def test_centring_what_is_centred_changes_nothing(weights: np.ndarray) -> None:
    once = centred(weights)
    np.testing.assert_allclose(centred(once), once, atol=1e-5)
