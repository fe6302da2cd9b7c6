"""Encodes pictures to be looked at."""

from __future__ import annotations

import io

from PIL import Image

_QUALITY = 85


def jpeg(picture: Image.Image) -> bytes:
    """A picture (RGB) as JPEG; not optimised, which takes longer than drawing."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
