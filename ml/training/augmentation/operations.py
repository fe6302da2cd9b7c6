"""The fourteen operations of RandAugment and TrivialAugment on one image, as Pillow defines them.

Cubuk et al. 2020 (RandAugment), section 3 and table 6; Müller & Hutter 2021 (TrivialAugment), appendix B. One thing
differs: what a geometric operation moves in from outside is the mirror image, as everywhere in this project, and not
grey, which no photograph has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import tensorflow as tf

from ml.training.augmentation.colour import LUMA
from ml.training.augmentation.strengths import WHITE

_LEVELS = 256
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13
"""Pillow's filter SMOOTH, from which sharpness leads away."""


@dataclass(frozen=True)
class Ranges:
    """How far operations go at level 1.

    Attributes:
        shear: pixels sideways per pixel.
        translation: share of the side.
        degrees: of a rotation.
        enhancement: of brightness, colour, contrast and sharpness, less or more.
        lost_bits: of ``bits``, by posterising.
        bits: that posterising keeps of 8 at level 0.
        whole_bits: a bit is lost only at a level that is enough for all of it, not for half of it.
    """

    shear: float
    translation: float
    degrees: float
    enhancement: float
    lost_bits: int
    bits: int = 8
    whole_bits: bool = False


Operation = Callable[[Any, Any, Any, Ranges], Any]
"""(S, S, 3) float32 0..255, a level 0..1, a sign -1 or 1 and the ranges, to an image of the same shape."""


def identity(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """The image as it is."""
    del level, sign, ranges
    return image


def autocontrast(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Stretch each channel to the whole range."""
    del level, sign, ranges
    low, high = tf.reduce_min(image, axis=(0, 1)), tf.reduce_max(image, axis=(0, 1))
    stretched = (image - low) * tf.math.divide_no_nan(WHITE, high - low)
    return tf.where(high > low, stretched, image)


def equalize(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Flatten the histogram of each channel."""
    del level, sign, ranges
    values = tf.cast(tf.round(image), tf.int32) + tf.range(3) * _LEVELS
    counts = tf.reshape(tf.math.bincount(tf.reshape(values, (-1,)), minlength=3 * _LEVELS), (3, _LEVELS))
    places = tf.range(_LEVELS)
    last = tf.reduce_max(tf.where(counts > 0, places, 0), axis=1)
    step = (tf.reduce_sum(counts, axis=1) - tf.gather(counts, last, batch_dims=1)) // (_LEVELS - 1)
    before = tf.cumsum(counts, axis=1, exclusive=True)
    flat = tf.minimum((step[:, None] // 2 + before) // tf.maximum(step[:, None], 1), _LEVELS - 1)
    table = tf.where(step[:, None] > 0, flat, places)
    return tf.cast(tf.gather(tf.reshape(table, (-1,)), values), tf.float32)


def rotate(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Turn about the centre."""
    angle = sign * level * math.radians(ranges.degrees)
    cos, sin = tf.cos(angle), tf.sin(angle)
    half = image.shape[0] / 2
    return _warped(image, (cos, sin, half * (1 - cos - sin)), (-sin, cos, half * (1 - cos + sin)))


def solarize(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Invert what is as bright as a threshold, which falls from white."""
    del sign, ranges
    return tf.where(image >= WHITE * (1 - level), WHITE - image, image)


def posterize(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Keep the first bits of each value only."""
    del sign
    lost = level * ranges.lost_bits
    width = 2 ** (8 - ranges.bits + (tf.floor(lost) if ranges.whole_bits else tf.round(lost)))
    return tf.floor(tf.round(image) / width) * width


def brightness(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Towards black, or away from it."""
    return _enhanced(image, tf.zeros_like(image), level * sign * ranges.enhancement)


def colour(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Towards grey, or away from it."""
    return _enhanced(image, _grey(image), level * sign * ranges.enhancement)


def contrast(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Towards the mean grey, or away from it."""
    return _enhanced(image, tf.reduce_mean(_grey(image)), level * sign * ranges.enhancement)


def sharpness(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Towards a smoothed image, or away from it; the outermost pixels stay."""
    kernel = tf.constant(np.repeat(_SMOOTH[:, :, None, None], 3, axis=2))
    inside = tf.nn.depthwise_conv2d(image[None], kernel, [1, 1, 1, 1], "VALID")[0]
    framed = tf.pad(inside - image[1:-1, 1:-1], ((1, 1), (1, 1), (0, 0)))
    return _enhanced(image, image + framed, level * sign * ranges.enhancement)


def shear_x(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Move each row sideways, the further the lower it is."""
    return _warped(image, (1.0, sign * level * ranges.shear, 0.0), (0.0, 1.0, 0.0))


def shear_y(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Move each column up or down, the further the more it is to the right."""
    return _warped(image, (1.0, 0.0, 0.0), (sign * level * ranges.shear, 1.0, 0.0))


def translate_x(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Move sideways by whole pixels."""
    return _warped(image, (1.0, 0.0, sign * tf.round(level * ranges.translation * image.shape[0])), (0.0, 1.0, 0.0))


def translate_y(image: Any, level: Any, sign: Any, ranges: Ranges) -> Any:
    """Move up or down by whole pixels."""
    return _warped(image, (1.0, 0.0, 0.0), (0.0, 1.0, sign * tf.round(level * ranges.translation * image.shape[0])))


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "identity": identity,
        "autocontrast": autocontrast,
        "equalize": equalize,
        "rotate": rotate,
        "solarize": solarize,
        "colour": colour,
        "posterize": posterize,
        "contrast": contrast,
        "brightness": brightness,
        "sharpness": sharpness,
        "shear_x": shear_x,
        "shear_y": shear_y,
        "translate_x": translate_x,
        "translate_y": translate_y,
    }
)


def _enhanced(image: Any, origin: Any, more: Any) -> Any:
    """Pillow's blend: at -1 the origin, at 0 the image, and as far beyond it above."""
    return tf.clip_by_value(image + (image - origin) * more, 0.0, WHITE)


def _grey(image: Any) -> Any:
    return tf.tensordot(image, tf.constant(LUMA), axes=1)[..., None]


def _warped(image: Any, row_x: tuple[Any, Any, Any], row_y: tuple[Any, Any, Any]) -> Any:
    """The affine map from output to input, where pixel (0, 0) has its centre at (0.5, 0.5), as Pillow has it."""
    rows = [tf.stack([a, b, c + (a + b) * 0.5 - 0.5]) for a, b, c in (row_x, row_y)]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=tf.concat([*rows, tf.zeros((2,))], axis=0)[None],
        output_shape=image.shape[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )[0]
