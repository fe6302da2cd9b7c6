"""Computes GradCAM maps (Selvaraju et al. 2017, section 3): where the last feature maps support a class.

Each feature map is weighted by the mean of its gradient. With gradients in closed form, the maps cost one small matrix
product.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from ml.attribution.weighted_activations import weighted_activations
from ml.data.image_size import ImageSize, height_and_width

Floats = npt.NDArray[np.float32]


def gradcam_maps(features: Any, gradients: Any) -> Any:
    """Maps of several classes, as ``ml.attribution.layer_methods.Maps`` says; never below zero."""
    return tf.nn.relu(weighted_activations(features, tf.reduce_mean(gradients, axis=(2, 3))))


def enlarged(maps: Floats, size: ImageSize) -> Floats:
    """Maps (..., H, W) enlarged to a size (..., S, S), bilinear, as Pillow does it."""
    (height, width), (rows, columns) = maps.shape[-2:], height_and_width(size)
    return np.asarray(_stretching(height, rows) @ maps @ _stretching(width, columns).T, np.float32)


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
