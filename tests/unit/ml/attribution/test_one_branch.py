"""A layer in one of several branches may be named: its maps are of this branch, and say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.errors import UnusableModel
from ml.models.importing.foreign_model import ImportOptions, import_model
from ml.models.saved_model import load_model
from ml.models.spatial_features import feature_output, is_bypassed, last_spatial

SIZE = 24


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Two branches that part at the pixels and meet after their pooling."""
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    left = keras.layers.Conv2D(6, 3, activation="relu", name="left")(keras.layers.Rescaling(1 / 255)(image))
    right = keras.layers.Conv2D(4, 1, activation="relu", name="right")(image)
    pooled = [keras.layers.GlobalAveragePooling2D()(left), keras.layers.GlobalMaxPooling2D()(right)]
    return keras.Model(image, keras.layers.Dense(3)(keras.layers.Concatenate()(pooled)))


def pictures() -> Any:
    return np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 3), np.uint8)


def autodiff_gradcam(model: keras.Model, layer: str, image: Any, target: int) -> Any:
    """The formula of the paper for this layer, by plain automatic differentiation."""
    body = keras.Model(model.inputs[0], [model.get_layer(layer).output, model.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = body(image[None].astype(np.float32), training=False)
        score = logits[0, target] - tf.reduce_mean(logits[0])
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1))[0].numpy()


@pytest.mark.parametrize("layer", ["left", "right"])
def test_the_map_of_a_branch_is_its_part_of_the_logits(model: keras.Model, layer: str) -> None:
    options = ExplainOptions(layer, methods=("gradcam",), target=1, batch_size=4)
    images = pictures()
    for image, found in zip(images, Explainer(model, options).explain(images, [None] * 4), strict=True):
        explanation = found.methods["gradcam"]
        assert explanation.layer_map is not None
        np.testing.assert_allclose(explanation.layer_map, autodiff_gradcam(model, layer, image, 1), atol=1e-4)
        assert "one_branch" in explanation.flags


def test_without_a_name_no_layer_of_one_branch_is_chosen(model: keras.Model) -> None:
    assert last_spatial(model) is None
    assert is_bypassed(model, "left")
    assert feature_output(model, "left").shape[-1] == 6
    with pytest.raises(UnusableModel, match="no spatial layer of that name"):
        feature_output(model, "dense")


def test_an_import_takes_the_layer_that_is_named_and_says_what_it_is(model: keras.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "model.keras")
    found = import_model(tmp_path / "model.keras", tmp_path / "flat.keras", ImportOptions("none", feature_layer="left"))
    assert (found.feature_layer, found.one_branch) == ("left", True)
    assert is_bypassed(load_model(tmp_path / "flat.keras"), "left")
    unnamed = import_model(tmp_path / "model.keras", tmp_path / "flat.keras", ImportOptions("none"))
    assert (unnamed.feature_layer, unnamed.one_branch) == (None, False)
