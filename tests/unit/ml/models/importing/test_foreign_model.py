"""Whatever the shape of a model, the flat one computes what it does, and GradCAM finds its layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.attribution.explainer import Explainer, ExplainOptions
from tests.unit.ml.models.importing.foreign_models import (
    CLASSES,
    SIZE,
    Build,
    always_training,
    build,
    convolutions,
    deep_head,
    flat_functional,
    imported,
    mixed,
    nested_application,
    nested_sequential,
    nested_three_deep,
    operations_for_layers,
    pictures,
    same_names_twice,
    sequential,
    sequential_without_input,
    two_branches,
    with_augmentation,
    with_normalization,
)

USABLE: list[tuple[Build, str]] = [
    (flat_functional, "last"),
    (sequential, "max_pooling2d"),
    (sequential_without_input, "conv2d"),
    (nested_sequential, "last"),
    (nested_application, "block_13_pad"),
    (nested_three_deep, "last"),
    (same_names_twice, "last_1"),
    (operations_for_layers, "relu"),
    (with_augmentation, "last"),
    (with_normalization, "last"),
    (mixed, "last"),
    (deep_head, "last"),
    (two_branches, "last"),
    (always_training, "last"),
]


def softmax(logits: Any) -> Any:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("make", "layer"), USABLE, ids=lambda value: getattr(value, "__name__", value))
def test_a_foreign_model_becomes_flat_logits_that_agree_with_it(make: Build, layer: str, tmp_path: Path) -> None:
    model = build(make)
    flat, found = imported(model, tmp_path)
    assert not any(isinstance(inner, keras.Model) for inner in flat.layers)
    assert (found.image.height, found.image.width, found.num_classes) == (SIZE, SIZE, CLASSES)
    assert found.feature_layer is not None
    assert found.feature_layer.startswith(layer)
    images = pictures().astype(np.float32)
    expected, logits = np.asarray(model(images, training=False), np.float32), np.asarray(flat(images, training=False))
    applied: dict[str, Callable[[Any], Any]] = {
        "softmax": softmax,
        "log_softmax": lambda z: np.log(softmax(z)),
        "logits": np.asarray,
    }
    got = applied[found.final_activation](logits)
    np.testing.assert_allclose(got, expected, atol=2e-2 if found.mixed_precision else 1e-4)


@pytest.mark.parametrize(
    "make", [deep_head, nested_sequential, sequential, sequential_without_input, operations_for_layers, two_branches]
)
def test_gradcam_and_attributions_are_those_of_plain_autodiff(make: Build, tmp_path: Path) -> None:
    flat, found = imported(build(make), tmp_path)
    assert found.feature_layer is not None
    explainer = Explainer(flat, ExplainOptions(found.feature_layer, target=2, tolerance=0.02))
    images = pictures()
    cut = next(operation for operation in flat.operations if operation.name == found.feature_layer).output
    both = keras.Model(flat.inputs[0], [cut, flat.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = both(images.astype(np.float32), training=False)
        chosen = logits[:, 2] - tf.reduce_mean(logits, axis=1)
    weights = np.asarray(tape.gradient(chosen, features)).mean(axis=(1, 2))
    maps = np.maximum(np.einsum("nhwc,nc->nhw", np.asarray(features), weights), 0)
    for image, expected in zip(explainer.explain(images, [None, None]), maps, strict=True):
        enlarged = np.asarray(keras.ops.image.resize(expected[..., None], (SIZE, SIZE)))[..., 0]
        np.testing.assert_allclose(image.methods["gradcam"].map, enlarged, atol=1e-3 * expected.max())
        assert abs(image.methods["integrated_gradients"].metrics["relative_delta"]) < 0.05


def test_a_fused_softmax_stays_in_the_original(tmp_path: Path) -> None:
    model = build(sequential)
    flat, found = imported(model, tmp_path)
    assert found.final_activation == "softmax"
    assert model.layers[-1].activation is keras.activations.softmax
    assert flat.layers[-1].activation is keras.activations.linear


def test_a_single_sigmoid_becomes_two_classes_with_the_same_probabilities(tmp_path: Path) -> None:
    def make() -> keras.Model:
        image = keras.Input((SIZE, SIZE, 3))
        x = keras.layers.GlobalAveragePooling2D()(convolutions(image))
        return keras.Model(image, keras.layers.Dense(1, activation="sigmoid")(x))

    model = build(make)
    flat, found = imported(model, tmp_path)
    assert (found.num_classes, found.final_activation) == (2, "sigmoid")
    images = pictures().astype(np.float32)
    shares = softmax(np.asarray(flat(images)))
    np.testing.assert_allclose(shares[:, 1:], np.asarray(model(images)), atol=1e-5)
