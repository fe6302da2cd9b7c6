"""Corrupts images by brightness and contrast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.evaluation.corruptions.subject import CorruptedImage, Pixels, Subject

_LEVELS = np.arange(256) / 255


def brightness(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Over- or underexpose (drawn at random) by this many stops, in linear light."""
    sign = rng.choice((-1.0, 1.0))

    def at(stops: float) -> CorruptedImage:
        return CorruptedImage(_through(subject.image, _to_srgb(_to_linear(_LEVELS) * 2 ** (sign * stops))))

    return at


def contrast(subject: Subject, _: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Move every value towards the image's mean; the strength is the share of the contrast that is lost."""
    mean = float(subject.image.mean()) / 255

    def at(lost: float) -> CorruptedImage:
        return CorruptedImage(_through(subject.image, mean + (_LEVELS - mean) * (1 - lost)))

    return at


def _through(image: Pixels, curve: NDArray[np.float64]) -> Pixels:
    """Apply a tone curve of 256 levels, 0 to 1, to every value, clipped."""
    table = np.rint(np.clip(curve, 0, 1) * 255).astype(int).tolist()
    return np.asarray(Image.fromarray(image).point(table * 3), np.uint8)


def _to_linear(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """From sRGB to light (IEC 61966-2-1)."""
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _to_srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """From light to sRGB (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)
