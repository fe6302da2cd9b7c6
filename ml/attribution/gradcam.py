"""Computes GradCAM maps (Selvaraju et al. 2017, section 3): where the last feature maps support a class.

The compiled functions work on a batch and several classes per image at once. Where the head is global average pooling
and one dense layer, the weights of the feature maps are known in closed form, α = W[c, k] / (H·W), and the maps cost
one small matrix product. For any other head, only the head is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

Floats = npt.NDArray[np.float32]


def closed_form_maps(features: Any, classes: Any, head_weights: Any) -> Any:
    """Maps for a pooled linear head.

    Args:
        features: (B, H, W, C) tensor.
        classes: (B, M) int32 tensor.
        head_weights: (C, K), the dense kernel.

    Returns:
        (B, M, H, W) float32, raw and never below zero.
    """
    _, height, width, channels = features.shape
    places = tf.reshape(tf.cast(features, tf.float32), (-1, height * width, channels))
    weights = tf.gather(tf.transpose(tf.constant(head_weights, tf.float32)), classes) / float(height * width)
    maps = tf.nn.relu(tf.matmul(weights, places, transpose_b=True))
    return tf.reshape(maps, (-1, classes.shape[1], height, width))


def differentiated_maps(features: Any, classes: Any, head: Callable[[Any], Any]) -> Any:
    """Maps for any head, features → logits (B, K); otherwise as ``closed_form_maps``."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(features)
        logits = head(features)
        chosen = [tf.gather(logits, classes[:, each], axis=1, batch_dims=1) for each in range(classes.shape[1])]
    maps = [_weighted(features, tape.gradient(score, features)) for score in chosen]
    return tf.stack(maps, axis=1)


def _weighted(features: Any, gradient: Any) -> Any:
    weights = tf.reduce_mean(tf.cast(gradient, tf.float32), axis=(1, 2))
    return tf.nn.relu(tf.einsum("bhwc,bc->bhw", tf.cast(features, tf.float32), weights))


def enlarged(maps: Floats, size: int) -> Floats:
    """Maps (..., H, W) enlarged to (..., size, size), bilinear, as Pillow does it."""
    height, width = maps.shape[-2:]
    return np.asarray(_stretching(height, size) @ maps @ _stretching(width, size).T, np.float32)


@lru_cache(maxsize=16)
def _stretching(length: int, size: int) -> Floats:
    """The matrix (size, length) that resizes a column bilinearly."""
    columns = Image.fromarray(np.eye(length, dtype=np.float32))
    return np.asarray(columns.resize((length, size), Image.Resampling.BILINEAR), np.float32)


def flags(heatmap: Floats) -> tuple[str, ...]:
    """``empty_cam`` where the map is zero everywhere, ``non_finite`` where it holds NaN or infinite values."""
    if not np.isfinite(heatmap).all():
        return ("non_finite",)
    return ("empty_cam",) if not heatmap.any() else ()
