"""Gradients are taken in closed form only where the graph behind the feature layer is pooling and one dense layer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.models.classifier_functions import head_weights

SIZE = 16


def classifier(*, kind: str) -> keras.Model:
    """A network of four classes, whose feature layer is called ``features`` and is 8 x 8 with 4 or 8 channels."""
    keras.utils.set_random_seed(5)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    scaled = keras.layers.Rescaling(1 / 255)(image)
    channels = 8 if kind == "rows pooled" else 4
    features = keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu", name="features")(scaled)
    order = "channels_first" if kind == "rows pooled" else "channels_last"
    pooled = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D(data_format=order)(features))
    dense = keras.layers.Dense(4)
    return keras.Model(image, dense(dense(pooled)) if kind == "applied twice" else dense(pooled))


def gradcam_by_autodiff(model: keras.Model, image: Any, target: int) -> Any:
    body = keras.Model(model.inputs[0], [model.get_layer("features").output, model.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = body(image[None].astype(np.float32), training=False)
        score = logits[0, target] - tf.reduce_mean(logits[0])
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1))[0].numpy()


@pytest.mark.parametrize("kind", ["plain", "applied twice", "rows pooled"])
def test_a_map_is_that_of_automatic_differentiation(kind: str) -> None:
    model = classifier(kind=kind)
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
    options = ExplainOptions("features", methods=("gradcam",), target=1, batch_size=4)
    for image, found in zip(images, Explainer(model, options).explain(images, [None] * 3), strict=True):
        layer_map = found.methods["gradcam"].layer_map
        assert layer_map is not None
        np.testing.assert_allclose(layer_map, gradcam_by_autodiff(model, image, 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("kind", "known"), [("plain", True), ("applied twice", False), ("rows pooled", False)])
def test_only_one_dense_layer_behind_the_pooled_features_is_taken_for_the_head(kind: str, known: bool) -> None:
    assert (head_weights(classifier(kind=kind), "features") is not None) is known
