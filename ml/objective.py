"""What training makes small: the cross-entropy of mixed and smoothed labels, each image weighed."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def cross_entropy(logits: Any, labels: Any, partners: Any, shares: Any, *, smoothing: float) -> Any:
    """Cross-entropy in nats of labels that hold ``shares`` of one class and the rest of another, (B,) float32.

    Args:
        logits: (B, classes) of any float type.
        labels: (B,) int32.
        partners: (B,) int32.
        shares: (B,) float32.
        smoothing: share of each label that is spread evenly over all classes (Szegedy et al. 2016, section 7).
    """
    log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    own = tf.gather(log_probabilities, labels, axis=1, batch_dims=1)
    other = tf.gather(log_probabilities, partners, axis=1, batch_dims=1)
    hit = shares * own + (1 - shares) * other
    return -(1 - smoothing) * hit - smoothing * tf.reduce_mean(log_probabilities, axis=1)


def hits(logits: Any, labels: Any, partners: Any, shares: Any) -> Any:
    """How much of each mixed label the top class gets right, (B,) float32."""
    top = tf.argmax(logits, axis=1, output_type=tf.int32)
    return shares * tf.cast(top == labels, tf.float32) + (1 - shares) * tf.cast(top == partners, tf.float32)


def class_weights(labels: NDArray[np.int32], classes: int, kind: str) -> NDArray[np.float32]:
    """The weight of an image of each class, (classes,): 1, or ``balanced`` so that each class weighs the same."""
    if kind == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0).astype(np.float32)
