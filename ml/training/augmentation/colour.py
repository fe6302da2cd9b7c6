"""Changes light and colour of training images: brightness, contrast, saturation and hue as one affine map of RGB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from ml.training.augmentation.strengths import WHITE, Augmentation

LUMA = (0.299, 0.587, 0.114)
_TO_YIQ = np.array([LUMA, (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)], np.float32)
_TO_RGB = np.linalg.inv(_TO_YIQ.astype(np.float64)).astype(np.float32)


@dataclass(frozen=True)
class RandomColour:
    """Brightness, contrast, saturation and hue, as one affine map of RGB; results stay within 0..255."""

    strengths: Augmentation

    def __call__(self, images: Any, seed: Any) -> Any:
        """Recolour (B, S, S, 3) float32; the random draws depend only on ``seed``, (2,) int32."""
        strengths = self.strengths
        if not any((strengths.brightness, strengths.contrast, strengths.saturation, strengths.hue)):
            return images
        draws = tf.random.stateless_uniform((tf.shape(images)[0], 4), seed, -1.0, 1.0)
        contrast = (1 + draws[:, 0] * strengths.contrast)[:, None, None]
        colours = contrast * _colour_matrix(1 + draws[:, 1] * strengths.saturation, draws[:, 2] * strengths.hue)
        grey = tf.tensordot(tf.reduce_mean(images, axis=(1, 2)), tf.constant(LUMA), axes=1)
        offset = (1 - contrast[:, 0]) * grey[:, None] + draws[:, 3:] * strengths.brightness * WHITE
        return tf.clip_by_value(_recoloured(images, colours) + offset[:, None, None, :], 0.0, WHITE)


def _colour_matrix(saturation: Any, hue: Any) -> Any:
    """(B, 3, 3): scales the chroma plane of YIQ by (B,) and rotates it by (B,) parts of a circle; grey stays grey."""
    angle = hue * (2 * math.pi)
    cos, sin = saturation * tf.cos(angle), saturation * tf.sin(angle)
    one, zero = tf.ones_like(cos), tf.zeros_like(cos)
    turn = tf.stack([one, zero, zero, zero, cos, -sin, zero, sin, cos], axis=1)
    return tf.einsum("ij,bjk,kl->bil", _TO_RGB, tf.reshape(turn, (-1, 3, 3)), _TO_YIQ)


def _recoloured(images: Any, colours: Any) -> Any:
    """Multiply each pixel by its image's matrix: (B, S, S, 3) by (B, 3, 3)."""
    shape = tf.shape(images)
    pixels = tf.reshape(images, (shape[0], -1, 3))
    return tf.reshape(tf.matmul(pixels, colours, transpose_b=True), shape)
