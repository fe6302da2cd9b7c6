"""Lays a shadow over a part of each training image, as trees, walls and photographers do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

SOFT = 0.04
"""Width of the shadow's edge, as a share of the side."""


@dataclass(frozen=True)
class RandomShadow:
    """Takes up to ``most`` of the light on one side of a line through a point of the image."""

    most: float

    def __call__(self, images: Any, seed: Any) -> Any:
        """Darken (B, S, S, 3) float32; the random draws depend only on ``seed``, (2,) int32."""
        if not self.most:
            return images
        draws = tf.random.stateless_uniform((tf.shape(images)[0], 4), seed)
        angle = draws[:, 0, None, None] * 2 * math.pi
        place = (tf.range(images.shape[1], dtype=tf.float32) + 0.5) / images.shape[1]
        x, y = place[None, None, :] - draws[:, 1, None, None], place[None, :, None] - draws[:, 2, None, None]
        covered = tf.clip_by_value((x * tf.cos(angle) + y * tf.sin(angle)) / SOFT + 0.5, 0.0, 1.0)
        lost = covered * draws[:, 3, None, None] * self.most
        return images * (1 - lost[..., None])
