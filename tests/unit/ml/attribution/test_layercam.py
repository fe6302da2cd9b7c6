"""LayerCAM, by hand, in closed form, and against plain automatic differentiation."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.layercam import layercam_maps
from tests.unit.ml.small_networks import IMAGES, LABELS, SIZE, Floats, Images, network


def body_of(model: keras.Model) -> keras.Model:
    return keras.Model(model.inputs[0], [model.get_layer("features").output, model.outputs[0]])


def autodiff_layercam(model: keras.Model, image: Images, target: int) -> Floats:
    """The paper's formula, (H, W)."""
    with tf.GradientTape() as tape:
        features, logits = body_of(model)(image[None].astype(np.float32), training=False)
        chosen = logits[0, target] - tf.reduce_mean(logits[0])
    weights = tf.nn.relu(tape.gradient(chosen, features))
    return np.asarray(tf.nn.relu(tf.reduce_sum(weights * features, axis=-1))[0], np.float32)


def unpooled() -> keras.Model:
    """A network whose head weighs each place differently."""
    keras.utils.set_random_seed(2)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(6, 3, strides=4, padding="same")(x)
    x = keras.layers.ReLU(name="features")(x)
    return keras.Model(image, keras.layers.Dense(5, name="logits")(keras.layers.Flatten()(x)))


def explained(model: keras.Model) -> list[Floats]:
    options = ExplainOptions("features", methods=("layercam",), target="true", batch_size=4)
    maps = [found.methods["layercam"].layer_map for found in Explainer(model, options).explain(IMAGES, LABELS)]
    return [each for each in maps if each is not None]


def test_activations_that_speak_against_the_class_do_not_count() -> None:
    features = np.array([[[[2.0, 3.0]]]], np.float32)  # one image, one place, two feature maps
    gradients = np.array([[[[[0.5, -4.0]]]]], np.float32)  # of one class
    assert layercam_maps(features, gradients).numpy().item() == 1.0


def test_each_activation_is_weighed_by_its_own_gradient() -> None:
    features = np.array([[[[1.0], [10.0]]]], np.float32)  # one image, two places, one feature map
    gradients = np.array([[[[[3.0], [-1.0]]]]], np.float32)
    assert layercam_maps(features, gradients).numpy().ravel().tolist() == [3.0, 0.0]


@pytest.mark.parametrize("linear_head", [True, False])
def test_layercam_equals_plain_autodiff(linear_head: bool) -> None:
    model = network(linear_head=linear_head)
    for image, label, found in zip(IMAGES, LABELS, explained(model), strict=True):
        np.testing.assert_allclose(found, autodiff_layercam(model, image, label), atol=1e-5)


def test_layercam_equals_plain_autodiff_where_each_place_has_its_own_gradient() -> None:
    model = unpooled()
    for image, label, found in zip(IMAGES, LABELS, explained(model), strict=True):
        np.testing.assert_allclose(found, autodiff_layercam(model, image, label), rtol=1e-4, atol=1e-4)


def test_of_a_pooled_dense_head_only_the_weights_above_zero_count() -> None:
    model = network()
    kernel = np.asarray(model.get_layer("logits").kernel)
    for image, label, found in zip(IMAGES, LABELS, explained(model), strict=True):
        features = np.asarray(body_of(model)(image[None].astype(np.float32), training=False)[0])[0]
        centred = kernel[:, label] - kernel.mean(axis=1)
        expected = features @ np.maximum(centred, 0) / (features.shape[0] * features.shape[1])
        np.testing.assert_allclose(found, expected, atol=1e-5)
