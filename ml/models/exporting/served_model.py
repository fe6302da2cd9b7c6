"""Builds the model that leaves: pictures as they are in, probabilities out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ml.models.exporting.plain_layers import with_plain_layers

INPUT, OUTPUT = "image", "probabilities"
BATCH_SIZE = 8
"""Pictures that run at once, in checks."""

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]


def served_model(model: keras.Model) -> keras.Model:
    """A published classifier with a softmax behind it, which takes (N, H, W, 3) uint8 RGB and gives (N, K) float32.

    Its preprocessing is part of the graph.
    """
    height, width = model.inputs[0].shape[1:3]
    image = keras.Input((height, width, 3), dtype="uint8", name=INPUT)
    raw = keras.layers.Rescaling(1.0, dtype="float32", name="to_float")(image)
    logits = with_plain_layers(model)(raw, training=False)
    return keras.Model(image, keras.layers.Softmax(dtype="float32", name=OUTPUT)(logits), name=model.name)


def with_named_output(served: keras.Model) -> keras.Model:
    """The same model, whose output has a name in formats that name outputs."""
    return keras.Model(served.input, {OUTPUT: served.output}, name=served.name)


def expected_probabilities(model: keras.Model, images: Images) -> Floats:
    """What the published classifier itself gives for pictures (N, H, W, 3): its logits, and NumPy's softmax."""
    return in_batches(lambda batch: _softmax(np.asarray(model(batch.astype(np.float32), training=False))), images)


def in_batches(probabilities: Callable[[Images], Any], images: Images) -> Floats:
    """What a function gives for all pictures, a few at once."""
    starts = range(0, len(images), BATCH_SIZE)
    return np.concatenate([np.asarray(probabilities(images[start : start + BATCH_SIZE])) for start in starts])


def _softmax(logits: Floats) -> Floats:
    shares = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
