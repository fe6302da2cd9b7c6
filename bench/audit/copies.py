"""Makes near-duplicates of pictures, as people and programs make them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

Picture = npt.NDArray[np.uint8]
Copy = Callable[[Image.Image, np.random.Generator], Image.Image]
CROPPED = 0.1
"""Share of each side that a crop takes away, at a random place."""


def resized(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """At 40 to 160 % of its size, with one of three filters."""
    scale = float(random.uniform(0.4, 1.6))
    size = (max(16, round(picture.width * scale)), max(16, round(picture.height * scale)))
    filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    return picture.resize(size, filters[int(random.integers(3))])


def recompressed(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """As a JPEG of quality 20 to 80."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=int(random.integers(20, 81)))
    return Image.open(buffer).convert("RGB")


def flipped(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Mirrored left to right."""
    del random
    return ImageOps.mirror(picture)


def cropped(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Nine tenths of each side, from a random place."""
    width, height = round(picture.width * (1 - CROPPED)), round(picture.height * (1 - CROPPED))
    left = int(random.integers(picture.width - width + 1))
    top = int(random.integers(picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def all_at_once(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Cropped, mirrored, resized and recompressed."""
    for copy in (cropped, flipped, resized, recompressed):
        picture = copy(picture, random)
    return picture


COPIES: Mapping[str, Copy] = {
    "resized": resized,
    "recompressed": recompressed,
    "flipped": flipped,
    "cropped": cropped,
    "all_at_once": all_at_once,
}


def copy_of(picture: Picture, kind: str, random: np.random.Generator) -> Picture:
    """A near-duplicate of a picture (H, W, 3); ``kind`` is one of ``COPIES``."""
    return np.asarray(COPIES[kind](Image.fromarray(picture), random), np.uint8)
