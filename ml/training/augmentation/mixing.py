"""Mixes pairs of images and their labels by mixup or CutMix; a label's share is its image's share of the pixels.

mixup: Zhang et al. 2018, arXiv 1710.09412, section 2. CutMix: Yun et al. 2019, arXiv 1905.04899, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import tensorflow as tf

Kind = Literal["none", "mixup", "cutmix", "both"]


@dataclass(frozen=True)
class Mixing:
    """How images are mixed.

    Attributes:
        kind: ``mixup`` blends whole images, ``cutmix`` pastes a box, ``both`` does either with equal probability.
        alpha: of the Beta(alpha, alpha) distribution of the shares.
        probability: that an image is mixed at all.
    """

    kind: Kind = "none"
    alpha: float = 0.4
    probability: float = 0.5

    @property
    def is_identity(self) -> bool:
        """Whether images stay as they are."""
        return self.kind == "none" or self.probability == 0


def mix(images: Any, labels: Any, mixing: Mixing, *, seed: Any) -> tuple[Any, Any, Any]:
    """Mix each image of a batch with its neighbour.

    Args:
        images: (B, S, S, C) float32, in random order.
        labels: (B,) int32.
        mixing: how.
        seed: (2,) int32; the draws depend only on it.

    Returns:
        images (B, S, S, C) float32, partners (B,) int32 and shares (B,) float32: image i holds ``shares[i]`` of
        label i and the rest of label ``partners[i]``.
    """
    count = tf.shape(images)[0]
    if mixing.is_identity:
        return images, labels, tf.ones((count,))
    seeds = tf.random.split(seed, 3)
    share = _beta(count, mixing.alpha, seeds[0])
    draws = tf.random.stateless_uniform((count, 2), seeds[1])
    share = tf.where(draws[:, 0] < mixing.probability, share, 1.0)
    own = _own_part(images, share, draws[:, 1], mixing.kind, seeds[2])
    mixed = images * own + tf.roll(images, 1, axis=0) * (1 - own)
    return mixed, tf.roll(labels, 1, axis=0), tf.reduce_mean(own, axis=(1, 2, 3))


def _own_part(images: Any, share: Any, coin: Any, kind: Kind, seed: Any) -> Any:
    """The image's own share of each pixel: (B, S, S, 1) with boxes, (B, 1, 1, 1) without."""
    even = share[:, None, None, None]
    if kind == "mixup":
        return even
    boxed = 1 - _boxes(images.shape[1], 1 - share, seed)
    return boxed if kind == "cutmix" else tf.where(coin[:, None, None, None] < 0.5, even, boxed)


def _boxes(size: int, area: Any, seed: Any) -> Any:
    """Squares of these shares of the area, at random positions, clipped at the edges: (B, S, S, 1), 1 inside."""
    half = tf.sqrt(area)[:, None, None] * size / 2
    centre = tf.random.stateless_uniform((tf.shape(area)[0], 2, 1), seed) * size
    low, high = tf.round(centre - half), tf.round(centre + half)
    place = tf.range(size, dtype=tf.float32)
    inside = tf.cast((place >= low) & (place < high), tf.float32)
    return (inside[:, 0, :, None] * inside[:, 1, None, :])[..., None]


def _beta(count: Any, alpha: float, seed: Any) -> Any:
    """Draws of Beta(alpha, alpha), (B,), from two Gamma draws each; 1 where both are too small for a float."""
    drawn = tf.random.stateless_gamma((count, 2), seed, alpha=alpha)
    total = tf.reduce_sum(drawn, axis=1)
    return tf.where(total > 0, tf.math.divide_no_nan(drawn[:, 0], total), 1.0)
