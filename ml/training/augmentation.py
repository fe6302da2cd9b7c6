"""Augments training images: position, angle, distance, light and colour.

Augmentation happens before the model, on raw RGB, and is never part of the model that is saved and explained. All
geometric changes are composed into one affine warp, and all colour changes into one affine map of RGB, so that an
image is resampled once, and the pipeline takes a small part of a training step.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from ml.errors import UnknownName

BASELINE, AUGMENTED = "baseline", "augmented"
ASPECTS = 4 / 3
"""Largest ratio of a crop's longer side to its shorter one."""
WHITE = 255.0
LUMA = (0.299, 0.587, 0.114)
_TO_YIQ = np.array([LUMA, (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)], np.float32)
_TO_RGB = np.linalg.inv(_TO_YIQ.astype(np.float64)).astype(np.float32)


@dataclass(frozen=True)
class Augmentation:
    """How far images vary; 0 leaves them as they are.

    Attributes:
        flip: probability of a left-right flip.
        rotation_degrees: at most this angle, in either direction.
        zoom: at most by this share, in or out.
        translation: at most by this share of the side, in both directions.
        resized_crop: the crop that is scaled up holds at least 1 minus this share of the area.
        brightness: at most by this share of white, darker or brighter.
        contrast: at most by this share, less or more.
        saturation: at most by this share, paler or more colourful.
        hue: at most by this share of the colour circle, in either direction.
    """

    flip: float = 0.5
    rotation_degrees: float = 15
    zoom: float = 0.1
    translation: float = 0.05
    resized_crop: float = 0.35
    brightness: float = 0.1
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.02

    @property
    def is_identity(self) -> bool:
        """Whether images stay as they are."""
        return not any(astuple(self))


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


@dataclass(frozen=True)
class RandomAugmentation:
    """The whole augmentation: (B, S, S, 3) raw RGB of any type to (B, size, size, 3) float32, 0..255."""

    strengths: Augmentation
    size: int

    def __call__(self, images: Any, seed: Any) -> Any:
        """Augment a batch; the random draws depend only on ``seed``, (2,) int32."""
        seeds = tf.random.split(seed, 2)
        warped = RandomWarp(self.strengths, self.size)(tf.cast(images, tf.float32), seeds[0])
        return RandomColour(self.strengths)(warped, seeds[1])


def is_augmented(pipeline: str) -> bool:
    """Whether a pipeline augments images.

    Raises:
        UnknownName: no such pipeline.
    """
    if pipeline not in (BASELINE, AUGMENTED):
        raise UnknownName(f"no pipeline {pipeline!r}: there are {BASELINE} and {AUGMENTED}")
    return pipeline == AUGMENTED


def _moves(strengths: Augmentation) -> bool:
    moving = (strengths.flip, strengths.rotation_degrees, strengths.zoom, strengths.translation)
    return any(moving) or strengths.resized_crop > 0


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
