"""Corrupts images by blur, noise and JPEG compression."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from ml.evaluation.corruptions.subject import CorruptedImage, Subject


def blur(subject: Subject, _: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Gaussian blur whose standard deviation is this share of the side."""
    picture = Image.fromarray(subject.image)

    def at(share: float) -> CorruptedImage:
        return CorruptedImage(np.asarray(picture.filter(ImageFilter.GaussianBlur(share * subject.side)), np.uint8))

    return at


def noise(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Gaussian noise on every value, with this standard deviation as a share of the range."""
    field = rng.standard_normal(subject.image.shape, np.float32) * np.float32(255)

    def at(deviation: float) -> CorruptedImage:
        noisy = subject.image + np.float32(deviation) * field
        return CorruptedImage(np.clip(np.rint(noisy, out=noisy), 0, 255, out=noisy).astype(np.uint8))

    return at


def jpeg(subject: Subject, _: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Compress as JPEG with quality 100 minus this number, and decode again."""
    picture = Image.fromarray(subject.image)

    def at(lost: float) -> CorruptedImage:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=round(100 - lost))
        return CorruptedImage(np.asarray(Image.open(buffer), np.uint8))

    return at
