from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.models.classifier import build_classifier
from ml.models.folding import fold_batch_normalization

SIZE = 32
IMAGES = np.random.default_rng(8).uniform(0, 255, (2, SIZE, SIZE, 3)).astype(np.float32)


def trained_looking(model: keras.Model) -> keras.Model:
    """Normalisations as after training: none of their weights is what it starts with."""
    rng = np.random.default_rng(9)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    return model


def normalizations(model: keras.Model) -> int:
    return sum(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)


def assert_same_function(one: keras.Model, other: keras.Model) -> None:
    """Outputs and their gradients at the input agree to rounding."""
    found = []
    for model in (one, other):
        images = tf.constant(IMAGES)
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = tf.nest.flatten(model(images, training=False))
            total = tf.add_n([tf.reduce_sum(output[..., 0]) for output in outputs])
        found.append([*map(np.asarray, outputs), np.asarray(tape.gradient(total, images))])
    for expected, actual in zip(*found, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("backbone", ["MobileNetV2", "ResNet50", "SmallCNN"])
def test_a_backbone_computes_the_same_without_its_normalisations(backbone: str) -> None:
    model = trained_looking(build_classifier(backbone, num_classes=4, image_size=SIZE, weights="none"))
    layer = model.layers[-4].name
    twin = fold_batch_normalization(model, kept=layer)
    assert normalizations(twin) == 0 < normalizations(model)
    assert [each.name for each in twin.layers] == [each.name for each in model.layers]
    assert_same_function(model, twin)


def small(*, use_bias: bool = False, scale: bool = True, tapped: bool = False) -> keras.Model:
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3))
    raw = keras.layers.Conv2D(4, 3, use_bias=use_bias, bias_initializer="uniform", name="conv")(image)
    x = keras.layers.BatchNormalization(scale=scale, name="normalization")(raw)
    x = keras.layers.ReLU()(x)
    x = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=use_bias, name="depthwise")(x)
    x = keras.layers.BatchNormalization(center=False)(x)
    return trained_looking(keras.Model(image, [x, raw] if tapped else x))


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_biases_and_missing_scales_or_shifts_are_taken_into_account(use_bias: bool, scale: bool) -> None:
    model = small(use_bias=use_bias, scale=scale)
    twin = fold_batch_normalization(model, kept="normalization")
    assert normalizations(twin) == 0
    assert_same_function(model, twin)


def test_a_convolution_that_others_look_at_stays_what_it_is() -> None:
    model = small(tapped=True)
    twin = fold_batch_normalization(model, kept="normalization")
    assert normalizations(twin) == 1
    assert_same_function(model, twin)


def test_the_layer_that_is_explained_stays_what_it_is() -> None:
    twin = fold_batch_normalization(small(), kept="conv")
    assert isinstance(twin.get_layer("normalization"), keras.layers.BatchNormalization)


def test_normalisation_after_an_activation_or_before_a_convolution_stays() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.BatchNormalization()(image)
    x = keras.layers.Conv2D(4, 3, activation="relu")(x)
    model = trained_looking(keras.Model(image, keras.layers.BatchNormalization()(x)))
    assert fold_batch_normalization(model, kept="") is model


def test_shared_layers_stay() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same")
    x = keras.layers.BatchNormalization()(shared(shared(image)))
    model = trained_looking(keras.Model(image, x))
    assert fold_batch_normalization(model, kept="") is model


def test_nested_models_come_back_as_they_are() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    inner = small()
    assert not any(type(layer).__name__ == "FoldedNormalization" for layer in inner.layers)
    model = keras.Model(image, inner(image))
    assert fold_batch_normalization(model, kept="") is model


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_a_normalisation_that_is_applied_twice_is_folded_only_where_all_its_convolutions_can_take_it(
    activation: str,
) -> None:
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3))
    normalization = keras.layers.BatchNormalization(name="shared")
    branches = [
        keras.layers.Conv2D(4, 3, name="one")(image),
        keras.layers.Conv2D(4, 3, activation=activation, name="other")(image),
    ]
    model = trained_looking(keras.Model(image, keras.layers.Add()([normalization(each) for each in branches])))
    folded = fold_batch_normalization(model, kept="none")
    assert normalizations(folded) == (0 if activation == "linear" else 1)
    assert_same_function(model, folded)
