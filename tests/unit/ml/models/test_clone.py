from __future__ import annotations

import keras
import numpy as np
import pytest

from ml.attribution.precision import in_bfloat16, probe
from ml.errors import MlError
from ml.models.clone import clone_with, is_flat

IMAGES = np.random.default_rng(1).uniform(0, 255, (3, 8, 8, 3)).astype(np.float32)


def normalizing() -> keras.Model:
    """A model whose preprocessing was learnt from data and is kept in its weights."""
    image = keras.Input((8, 8, 3))
    normalization = keras.layers.Normalization()
    normalization.adapt(IMAGES)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="features")(normalization(image))
    return keras.Model(image, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))


def test_a_twin_computes_what_the_original_does_learnt_preprocessing_included() -> None:
    model = normalizing()
    twin = clone_with(model, lambda _: None)
    np.testing.assert_allclose(twin(IMAGES), model(IMAGES), atol=1e-6)
    assert twin.layers[1] is not model.layers[1]


def test_learnt_preprocessing_is_kept_in_bfloat16() -> None:
    model = normalizing()
    exact = np.asarray(model(IMAGES))
    np.testing.assert_allclose(in_bfloat16(model)(IMAGES), exact, atol=0.05 * np.abs(exact).max())


def test_a_model_within_a_model_stays_in_float32() -> None:
    image = keras.Input((8, 8, 3))
    nested = keras.Model(image, normalizing()(image))
    assert not is_flat(nested)
    with pytest.raises(MlError, match="use 'float32'"):
        in_bfloat16(nested)
    assert probe(nested, IMAGES.astype(np.uint8), feature_layer="features").choice == "float32"
