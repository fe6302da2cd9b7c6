"""Places training images anew: flip, rotation, zoom, translation and resized crop as one affine warp.

An image is resampled once, so that the pipeline takes a small part of a training step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from ml.training.augmentation.strengths import Augmentation

ASPECTS = 4 / 3
"""Largest ratio of a crop's longer side to its shorter one."""


@dataclass(frozen=True)
class RandomWarp:
    """Flip, rotation, zoom, translation and resized crop, as one bilinear warp to (size, size); edges are mirrored."""

    strengths: Augmentation
    size: int

    def __call__(self, images: Any, seed: Any) -> Any:
        """Warp (B, S, S, 3) float32; the random draws depend only on ``seed``, (2,) int32."""
        side = images.shape[1]
        if side == self.size and not _moves(self.strengths):
            return images
        matrix, shift = self._placement(tf.shape(images)[0], seed)
        scale = side / self.size
        centre = 1 / self.size - 1
        offset = side / 2 * (tf.reduce_sum(matrix, axis=2) * centre + shift + 1) - 0.5
        x, y = matrix[:, 0] * scale, matrix[:, 1] * scale
        rows = [x[:, 0], x[:, 1], offset[:, 0], y[:, 0], y[:, 1], offset[:, 1]]
        zeros = tf.zeros_like(rows[0])
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=tf.stack([*rows, zeros, zeros], axis=1),
            output_shape=(self.size, self.size),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )

    def _placement(self, count: Any, seed: Any) -> tuple[Any, Any]:
        """The affine maps from output to input coordinates, -1 to 1: (B, 2, 2) matrices and (B, 2) shifts."""
        strengths = self.strengths
        draws = tf.random.stateless_uniform((count, 9), seed, -1.0, 1.0)
        angle = draws[:, 0] * math.radians(strengths.rotation_degrees)
        zoom = 1 + draws[:, 1] * strengths.zoom
        area = 1 - strengths.resized_crop * (draws[:, 2] + 1) / 2
        aspect = tf.exp(draws[:, 3] * math.log(ASPECTS) / 2) if strengths.resized_crop else tf.ones_like(area)
        width, height = (tf.minimum(tf.sqrt(area) * part, 1.0) for part in (aspect, 1 / aspect))
        mirror = tf.where(draws[:, 4] < 2 * strengths.flip - 1, -1.0, 1.0)
        cos, sin = tf.cos(angle), tf.sin(angle)
        x, y = width * zoom * mirror, height * zoom
        matrix = tf.stack([tf.stack([cos * x, -sin * y], axis=1), tf.stack([sin * x, cos * y], axis=1)], axis=1)
        room = tf.stack([1 - width, 1 - height], axis=1)
        shift = draws[:, 5:7] * room + draws[:, 7:9] * 2 * strengths.translation
        return matrix, shift


def _moves(strengths: Augmentation) -> bool:
    moving = (strengths.flip, strengths.rotation_degrees, strengths.zoom, strengths.translation)
    return any(moving) or strengths.resized_crop > 0
