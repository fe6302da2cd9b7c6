"""Networks small enough to be explained in milliseconds, and what plain automatic differentiation says of them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

SIZE, CLASSES = 16, 5
IMAGES = np.random.default_rng(3).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)
LABELS = [0, 1, 2, 3, 4]

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def network(*, linear_head: bool = True) -> keras.Model:
    """Preprocessing, two convolutions, pooling, and a linear head or one with a hidden layer."""
    keras.utils.set_random_seed(1)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(12, 3, padding="same")(x)
    x = keras.layers.ReLU(name="features")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.5)(x)
    if not linear_head:
        x = keras.layers.Dense(9, activation="tanh")(x)
    return keras.Model(image, keras.layers.Dense(CLASSES, name="logits")(x))


def scored(logits: Any, target: int, *, score: str = "centred", foil: int | None = None) -> Any:
    """The score of a class (n,) by its formula, for logits (n, K); against ``foil`` where there is one."""
    if foil is not None:
        return logits[:, target] - logits[:, foil]
    if score == "logit":
        return logits[:, target]
    if score == "log_probability":
        return tf.nn.log_softmax(logits)[:, target]
    return logits[:, target] - tf.reduce_mean(logits, axis=1)


def autodiff_gradcam(
    model: keras.Model, image: Images | Floats, target: int, *, layer: str = "features", **asked: Any
) -> Floats:
    """The paper's formula, (H, W), of a score as ``scored`` takes it."""
    body = keras.Model(model.inputs[0], [model.get_layer(layer).output, model.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = body(image[None].astype(np.float32), training=False)
        chosen = scored(logits, target, **asked)
    weights = tf.reduce_mean(tape.gradient(chosen, features), axis=(1, 2))
    return np.asarray(tf.nn.relu(tf.einsum("nhwc,nc->nhw", features, weights))[0], np.float32)


def integrated_by_midpoints(
    model: keras.Model, image: Images | Floats, target: int, *, baseline: Floats | float = 0.0, **asked: Any
) -> Floats:
    """2,048 uniform midpoints, summed over channels, (S, S), of a score as ``scored`` takes it."""
    nodes = 2048
    alphas = (np.arange(nodes, dtype=np.float32)[:, None, None, None] + 0.5) / nodes
    direction = image.astype(np.float32) - baseline
    places = tf.constant(baseline + alphas * direction)
    with tf.GradientTape() as tape:
        tape.watch(places)
        chosen = scored(model(places, training=False), target, **asked)
    mean = np.asarray(tape.gradient(chosen, places)).mean(axis=0)
    return np.asarray((mean * direction).sum(axis=-1), np.float32)
