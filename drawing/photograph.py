"""Cuts a photograph as the network saw it, but at more of its own resolution: what maps are shown over."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from drawing.colour_profile import to_srgb
from drawing.network_view import Box, centre_box, to_rgb

LONGEST_SIDE = 1024
MAX_PIXELS = 64_000_000
Image.init()  # until then, or until a first picture is opened, Pillow knows of no format
FORMATS = tuple(each for each in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF") if each in Image.OPEN)


def photograph(data: bytes, *, height: int, width: int, longest: int = LONGEST_SIDE) -> Image.Image:
    """The centre of a stored picture in the proportions of the network's input, upright, RGB in sRGB.

    Args:
        data: the bytes of its file.
        height: of the network's input; with ``width`` it gives the proportions of what is cut.
        width: of the network's input.
        longest: most pixels of the longer side.

    Returns:
        A picture; never enlarged.

    Raises:
        ValueError: no picture, a damaged one, or one of more than ``MAX_PIXELS``.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return _cut(picture, height=height, width=width, longest=longest)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:  # Pillow raises all of them for damaged files
        raise ValueError(f"{len(data)} bytes cannot be decoded as a picture: {error}") from error


def _cut(picture: Image.Image, *, height: int, width: int, longest: int) -> Image.Image:
    if picture.width * picture.height > MAX_PIXELS:
        raise ValueError(f"a picture of {picture.width} x {picture.height} pixels is larger than {MAX_PIXELS}")
    picture.draft(None, (2 * longest, 2 * longest))
    upright = ImageOps.exif_transpose(picture)
    mode, profile = picture.mode, picture.info.get("icc_profile")
    box = centre_box(upright.size, height=height, width=width)
    whole = upright if mode == "CMYK" and profile else to_rgb(upright)
    return to_srgb(whole.resize(_size(box, longest), Image.Resampling.LANCZOS, box=box), profile, mode=mode).convert(
        "RGB"
    )


def _size(box: Box, longest: int) -> tuple[int, int]:
    wide, high = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, longest / max(wide, high))
    return max(1, round(wide * scale)), max(1, round(high * scale))
