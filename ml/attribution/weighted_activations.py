"""Sums feature maps, each with a weight of its own: the last operation of most methods of a layer."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def weighted_activations(features: Any, weights: Any) -> Any:
    """Maps of several classes as one matrix product per image.

    Args:
        features: (B, H, W, C).
        weights: (B, M, C), of each feature map for each class.

    Returns:
        (B, M, H, W), with their signs.
    """
    _, height, width, channels = features.shape
    places = tf.reshape(features, (-1, height * width, channels))
    return tf.reshape(tf.matmul(weights, places, transpose_b=True), (-1, weights.shape[1], height, width))
