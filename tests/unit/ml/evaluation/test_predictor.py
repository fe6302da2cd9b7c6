from __future__ import annotations

import keras
import numpy as np
import pytest

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.evaluation.predictor import CamPredictor, LogitPredictor

IMAGES = np.random.default_rng(4).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(6)
    image = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(6, 3, strides=2, activation="relu", name="features")(x)
    return keras.Model(image, keras.layers.Dense(4, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))


def test_what_an_evaluation_sees_is_what_an_explanation_shows(model: keras.Model) -> None:
    explained = Explainer(model, ExplainOptions("features", methods=("gradcam",))).explain(IMAGES, [0, 1, 2])
    found = CamPredictor(model, feature_layer="features", batch_size=2).predict(IMAGES)
    assert found.maps is not None
    for logits, heatmap, expected in zip(found.logits, found.maps, explained, strict=True):
        np.testing.assert_allclose(logits, expected.logits, atol=1e-5)
        np.testing.assert_allclose(heatmap, expected.class_maps[expected.prediction], atol=1e-6)


def test_maps_are_of_the_classes_asked_for(model: keras.Model) -> None:
    explained = Explainer(model, ExplainOptions("features", methods=("gradcam",))).explain(IMAGES, [0, 1, 2])
    found = CamPredictor(model, feature_layer="features", batch_size=4).predict(IMAGES, np.array([3, 0, 1], np.int32))
    assert found.maps is not None
    for heatmap, asked, expected in zip(found.maps, (3, 0, 1), explained, strict=True):
        np.testing.assert_allclose(heatmap, expected.class_maps[asked], atol=1e-6)


def test_logits_alone_are_the_same(model: keras.Model) -> None:
    plain = LogitPredictor(model, batch_size=4).predict(IMAGES)
    mapped = CamPredictor(model, feature_layer="features", batch_size=2).predict(IMAGES)
    assert plain.maps is None
    np.testing.assert_allclose(plain.logits, mapped.logits, atol=1e-5)
