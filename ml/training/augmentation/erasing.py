"""Erases a rectangle of training images (Zhong et al. 2020, Random Erasing, algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from ml.training.augmentation.strengths import WHITE

AREA = (0.02, 0.4)
"""Of the image, as in the paper (section 4.1)."""
LONGEST = 1 / 0.3
"""Largest ratio of the sides."""
ATTEMPTS = 10
"""Rectangles that are drawn until one fits; where none does, the image stays."""


@dataclass(frozen=True)
class RandomErasing:
    """Fills a rectangle of an image with noise, with this probability."""

    probability: float

    def __call__(self, images: Any, seed: Any) -> Any:
        """Erase in (B, S, S, 3) float32; the random draws depend only on ``seed``, (2,) int32."""
        if not self.probability:
            return images
        seeds = tf.random.split(seed, 2)
        inside = self._rectangles(tf.shape(images)[0], images.shape[1], seeds[0])
        filling = tf.random.stateless_uniform(tf.shape(images), seeds[1], 0.0, WHITE)
        return tf.where(inside[..., None], filling, images)

    def _rectangles(self, count: Any, side: int, seed: Any) -> Any:
        """(B, S, S) bool: true inside of the rectangle of each image; nowhere for an image that stays."""
        draws = tf.random.stateless_uniform((count, 3, ATTEMPTS + 1), seed)
        area = AREA[0] + draws[:, 0, 1:] * (AREA[1] - AREA[0])
        aspect = 1 / LONGEST + draws[:, 1, 1:] * (LONGEST - 1 / LONGEST)
        sizes = tf.stack([tf.sqrt(area * aspect), tf.sqrt(area / aspect)], axis=1)
        fits = tf.reduce_all(sizes < 1, axis=1)
        first = tf.argmax(fits, axis=1)
        size = tf.gather(sizes, first, axis=2, batch_dims=1)
        erased = tf.reduce_any(fits, axis=1) & (draws[:, 0, 0] < self.probability)
        low = tf.round(draws[:, 1:, 0] * (1 - size) * side)
        high = low + tf.maximum(tf.round(size * side), 1.0)
        place = tf.range(side, dtype=tf.float32)
        within = (place >= low[..., None]) & (place < high[..., None])
        return within[:, 0, :, None] & within[:, 1, None, :] & erased[:, None, None]
