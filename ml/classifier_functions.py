"""A Keras classifier as the compiled functions that explanations need: static shapes, traced once each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ml.errors import MlError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ClassifierFunctions:
    """Compiled functions of one model; all take and give float32 tensors with the batch as first axis.

    Attributes:
        features_and_logits: images (B, S, S, 3) raw RGB → features (B, H, W, C), logits (B, K).
        feature_gradient: features (B, H, W, C), targets (B,) → gradient of the target logit, through the head.
        path: images and baselines (G, S, S, 3), rows, alphas, targets (B,) → F (B,) and
            (x − x′)·∇F summed over channels (B, S, S), at x′ + α(x − x′).
        head_weights: (C, K), where the head is global average pooling and one linear dense layer.
    """

    features_and_logits: Any
    feature_gradient: Any
    path: Any
    head_weights: Floats | None
    image_size: int
    num_classes: int


def classifier_functions(
    model: keras.Model, *, feature_layer: str, batch_size: int, group_size: int, path_batch_size: int
) -> ClassifierFunctions:
    """Compile the functions of a flat functional model whose output is logits.

    Raises:
        MlError: the model has no such layer, or it is not spatial.
    """
    features = _feature_output(model, feature_layer)
    body = keras.Model(model.inputs[0], [features, model.outputs[0]])
    head = keras.Model(features, model.outputs[0])
    size, classes = int(model.inputs[0].shape[1]), int(model.outputs[0].shape[-1])
    image = (size, size, 3)

    @tf.function(input_signature=[tf.TensorSpec((batch_size, *image), tf.float32)], reduce_retracing=False)
    def features_and_logits(images: Any) -> Any:
        return body(images, training=False)

    @tf.function(
        input_signature=[
            tf.TensorSpec((batch_size, *features.shape[1:]), tf.float32),
            tf.TensorSpec((batch_size,), tf.int32),
        ]
    )
    def feature_gradient(maps: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(maps)
            chosen = tf.gather(head(maps, training=False), targets, axis=1, batch_dims=1)
        return tape.gradient(chosen, maps)

    points = tf.TensorSpec((path_batch_size,), tf.float32)
    numbers = tf.TensorSpec((path_batch_size,), tf.int32)
    group = tf.TensorSpec((group_size, *image), tf.float32)

    @tf.function(input_signature=[group, group, numbers, points, numbers])
    def path(images: Any, baselines: Any, rows: Any, alphas: Any, targets: Any) -> Any:
        start = tf.gather(baselines, rows)
        direction = tf.gather(images, rows) - start
        place = start + alphas[:, None, None, None] * direction
        with tf.GradientTape() as tape:
            tape.watch(place)
            chosen = tf.gather(model(place, training=False), targets, axis=1, batch_dims=1)
        return chosen, tf.reduce_sum(tape.gradient(chosen, place) * direction, axis=-1)

    return ClassifierFunctions(
        features_and_logits, feature_gradient, path, head_weights(model, feature_layer), size, classes
    )


def head_weights(model: keras.Model, feature_layer: str) -> Floats | None:
    """The dense kernel (C, K) if nothing but pooling, dropout and one linear layer follows the feature layer."""
    names = [layer.name for layer in model.layers]
    following = model.layers[names.index(feature_layer) + 1 :]
    kinds = [layer for layer in following if not isinstance(layer, keras.layers.Dropout)]
    if len(kinds) != 2 or not isinstance(kinds[0], keras.layers.GlobalAveragePooling2D):
        return None
    dense = kinds[1]
    if not isinstance(dense, keras.layers.Dense) or dense.activation is not keras.activations.linear:
        return None
    return np.asarray(dense.kernel, np.float32)


def _feature_output(model: keras.Model, name: str) -> Any:
    spatial = [layer.name for layer in model.layers if len(getattr(layer.output, "shape", ())) == 4]
    if name not in spatial:
        last = ", ".join(spatial[-5:])
        raise MlError(f"feature layer {name!r}: the model has no spatial layer of that name; its last are {last}")
    return model.get_layer(name).output
