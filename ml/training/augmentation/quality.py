"""Lowers the quality of training images as cameras and files do: blur, noise, compression, resolution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf

from ml.training.augmentation.strengths import WHITE, Augmentation

_SMALLEST = 1e-3
_REACH = 3
"""Standard deviations that a Gaussian kernel reaches."""


@dataclass(frozen=True)
class RandomQuality:
    """Images lose quality in one of the ways that are on, drawn at random, from nothing to the full strength.

    With ``quality_probability`` below 1 some images, drawn at random, stay as they are; the others lose what they would
    lose with 1.
    """

    strengths: Augmentation

    def __call__(self, images: Any, seed: Any) -> Any:
        """Change (B, S, S, 3) float32, 0..255; the random draws depend only on ``seed``, (2,) int32."""
        ways = self._ways()
        if not ways:
            return images

        def one(pair: tuple[Any, Any]) -> Any:
            image, own = pair
            drawn = tf.random.split(own, 2)
            way = tf.random.stateless_uniform((), drawn[0], 0, len(ways), tf.int32)
            lowered = [partial(each, image, drawn[1]) for each in ways]
            chance = tf.random.stateless_uniform((), tf.random.fold_in(own, 1))
            branch = tf.where(chance < self.strengths.quality_probability, way, len(ways))
            changed = tf.switch_case(branch, [*lowered, lambda: image])
            return tf.ensure_shape(tf.clip_by_value(changed, 0.0, WHITE), image.shape)

        seeds = tf.random.split(seed, tf.shape(images)[0])
        return tf.map_fn(one, (images, seeds), fn_output_signature=tf.TensorSpec(images.shape[1:], tf.float32))

    def _ways(self) -> list[Any]:
        strengths = self.strengths
        known = (
            (gaussian_blur, strengths.gaussian_blur),
            (motion_blur, strengths.motion_blur),
            (noise, strengths.noise),
            (jpeg, strengths.jpeg),
            (resolution, strengths.resolution),
        )
        return [partial(way, most=most) for way, most in known if most]


def gaussian_blur(image: Any, seed: Any, *, most: float) -> Any:
    """Blur (S, S, 3) with a standard deviation of up to ``most`` of the side."""
    side = image.shape[0]
    deviation = tf.maximum(tf.random.stateless_uniform((), seed, 0.0, most * side), _SMALLEST)
    reach = min(math.ceil(_REACH * most * side), side - 1)
    weights = tf.exp(-0.5 * (tf.range(-reach, reach + 1, dtype=tf.float32) / deviation) ** 2)
    weights /= tf.reduce_sum(weights)
    return _filtered(_filtered(image, weights[:, None]), weights[None, :])


def motion_blur(image: Any, seed: Any, *, most: float) -> Any:
    """Blur (S, S, 3) along a straight path of up to ``most`` of the side, in a direction drawn at random."""
    side = image.shape[0]
    drawn = tf.random.stateless_uniform((2,), seed)
    reach = min(max(1, math.ceil(most * side / 2)), side - 1)
    place = tf.range(-reach, reach + 1, dtype=tf.float32)
    angle = drawn[0] * math.pi
    along = place[None, :] * tf.cos(angle) + place[:, None] * tf.sin(angle)
    across = place[:, None] * tf.cos(angle) - place[None, :] * tf.sin(angle)
    half = drawn[1] * most * side / 2
    weights = tf.clip_by_value(half + 0.5 - tf.abs(along), 0.0, 1.0) * tf.maximum(1 - tf.abs(across), 0.0)
    return _filtered(image, weights / tf.reduce_sum(weights))


def noise(image: Any, seed: Any, *, most: float) -> Any:
    """Add Gaussian noise with a standard deviation of up to ``most`` of white to (S, S, 3)."""
    drawn = tf.random.split(seed, 2)
    deviation = tf.random.stateless_uniform((), drawn[0], 0.0, most * WHITE)
    return image + deviation * tf.random.stateless_normal(image.shape, drawn[1])


def jpeg(image: Any, seed: Any, *, most: float) -> Any:
    """Compress (S, S, 3) as JPEG with a quality of 100 down to 100 minus ``most`` of it, and decode again."""
    lost = tf.random.stateless_uniform((), seed, 0.0, 100 * most)
    quality = tf.maximum(tf.cast(tf.round(100 - lost), tf.int32), 1)
    pixels = tf.cast(tf.round(tf.clip_by_value(image, 0.0, WHITE)), tf.uint8)
    return tf.cast(tf.image.adjust_jpeg_quality(pixels, quality), tf.float32)


def resolution(image: Any, seed: Any, *, most: float) -> Any:
    """Shrink (S, S, 3) by up to ``most`` of its side, and scale it up again."""
    side = image.shape[0]
    kept = 1 - tf.random.stateless_uniform((), seed, 0.0, most)
    small = tf.maximum(tf.cast(tf.round(kept * side), tf.int32), 1)
    return tf.image.resize(tf.image.resize(image, (small, small), antialias=True), (side, side))


def _filtered(image: Any, weights: Any) -> Any:
    """Convolve each channel with weights of odd height and width; edges are mirrored."""
    high, wide = (size // 2 for size in weights.shape)
    framed = tf.pad(image, ((high, high), (wide, wide), (0, 0)), "REFLECT")
    # As a batch of grey images: faster by far than a depthwise convolution, on CPUs.
    grey = tf.nn.conv2d(tf.transpose(framed, (2, 0, 1))[..., None], weights[..., None, None], 1, "VALID")
    return tf.transpose(grey[..., 0], (1, 2, 0))
