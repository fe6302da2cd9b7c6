"""Corrupts images by replacing the background of the object."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from ml.data.synthetic import flower_scene
from ml.evaluation.corruptions.subject import CorruptedImage, Subject

# Radius of the soft edge between the object and its new background, as a share of the side.
_EDGE = 0.01


def background(subject: Subject, rng: np.random.Generator) -> Callable[[float], CorruptedImage]:
    """Blend a drawn background over everything outside the mask, with the strength as opacity.

    Without a mask the image stays as it is.
    """
    if subject.mask is None:
        return lambda _: CorruptedImage(subject.image)
    height, width = subject.image.shape[:2]
    drawn = flower_scene.background(max(height, width), rng)[:height, :width]
    ground = np.clip(drawn, 0, 1) * np.float32(255)
    change = (ground - subject.image) * _outside(subject)[..., None]

    def at(opacity: float) -> CorruptedImage:
        return CorruptedImage(np.rint(subject.image + np.float32(opacity) * change).astype(np.uint8))

    return at


def _outside(subject: Subject) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(H, W) float32: 1 on the background, softly 0 on the object."""
    mask = Image.fromarray((~np.asarray(subject.mask)).astype(np.uint8) * 255)
    soft = mask.filter(ImageFilter.GaussianBlur(_EDGE * subject.side))
    return np.asarray(soft, np.float32) / np.float32(255)
