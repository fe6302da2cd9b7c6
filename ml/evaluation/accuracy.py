"""Measures a classifier's loss and top-1 accuracy; every image counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.special import log_softmax

from ml.data.batches import Batch
from ml.errors import MlError

EVALUATION_BATCH = 32
Predict = Callable[[NDArray[np.float32]], Any]


@dataclass(frozen=True)
class Evaluation:
    """Result over ``images`` images: mean cross-entropy in nats, and top-1 accuracy, 0..1."""

    loss: float
    accuracy: float
    images: int


def predict_function(model: keras.Model) -> Predict:
    """Compile a model for inference on batches of one shape."""
    predict: Predict = tf.function(lambda inputs: model(inputs, training=False), autograph=False)
    return predict


def logits_and_labels(
    predict: Predict, batches: Iterable[Batch]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int32]]]:
    """Logits (n, classes) and labels (n,) of each batch, without its padding."""
    for batch in batches:
        counts = batch.weights > 0
        yield np.asarray(predict(batch.inputs), dtype=np.float64)[counts], batch.labels[counts]


def evaluate(
    predict: Predict, batches: Iterable[Batch], *, on_batch: Callable[[int], None] | None = None
) -> Evaluation:
    """Evaluate a classifier.

    Args:
        predict: maps (B, ...) float32 inputs to (B, classes) logits; see ``predict_function``.
        batches: padded batches; padding (weight 0) is ignored.
        on_batch: called after each batch with the number of images done.

    Raises:
        MlError: there is nothing to evaluate.
    """
    loss = correct = 0.0
    images = 0
    for logits, labels in logits_and_labels(predict, batches):
        loss -= float(np.take_along_axis(log_softmax(logits, axis=1), labels[:, None], axis=1).sum())
        correct += float((logits.argmax(axis=1) == labels).sum())
        images += len(labels)
        if on_batch is not None:
            on_batch(images)
    if not images:
        raise MlError("there is not one usable image to evaluate on")
    return Evaluation(loss / images, correct / images, images)
