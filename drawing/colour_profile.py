"""Converts the colours of a picture to sRGB, by the ICC profile that came with it.

Networks are trained on sRGB. Phones write Display P3, cameras Adobe RGB: taken for sRGB, their colours are too pale.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

SAME_LEVELS = 2
"""A profile that moves no colour by more than these of 256 levels is sRGB itself, as different programs write it."""
MAX_PROFILE_BYTES = 4 << 20
_MODES = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}
_STEPS = 9


def to_srgb(picture: Image.Image, profile: bytes | None, *, mode: str) -> Image.Image:
    """The picture in sRGB; the same where its profile is sRGB, damaged, or of another kind than its pixels.

    Args:
        picture: RGB or CMYK.
        profile: ICC, or None.
        mode: of the picture as it was stored, by Pillow's names.

    Returns:
        RGB; or the picture as it was.
    """
    transform = _transform(profile) if profile and len(profile) <= MAX_PROFILE_BYTES else None
    if transform is None or transform.input_mode != _kind(mode):
        return picture
    return transform.apply(picture.convert(transform.input_mode))


def _kind(mode: str) -> str:
    if mode == "CMYK":
        return "CMYK"
    return "L" if mode in {"1", "L", "LA", "La"} or mode.startswith("I;16") else "RGB"


@lru_cache(maxsize=8)
def _transform(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """From the colours of a profile to sRGB; None where there is nothing to do, or it cannot be used."""
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        mode = _MODES.get(source.profile.xcolor_space)
        if mode is None:
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        return None if mode != "CMYK" and _changes_nothing(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    colours = _all_colours().convert(transform.input_mode)
    before, after = (np.asarray(each.convert("RGB"), np.int16) for each in (colours, transform.apply(colours)))
    return int(np.abs(after - before).max()) <= SAME_LEVELS


@lru_cache(maxsize=1)
def _all_colours() -> Image.Image:
    """A grid over all colours."""
    levels = np.linspace(0, 255, _STEPS).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1)
    return Image.fromarray(grid.reshape(_STEPS, -1, 3))
