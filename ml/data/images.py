"""Decodes, resizes and crops pictures: from bytes to the array that a model takes.

Training and explaining use the same functions, so a heatmap always fits the picture that it explains.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ml.errors import BadImage

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decompressed (a small file can expand to gigabytes)."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Detected from the bytes, not from the file name; no other decoder is used."""

WHOLE_BELOW = 1024
"""A JPEG with a shorter side than this is decoded whole, whatever size is wanted."""

Box = tuple[float, float, float, float]


def decode(data: bytes, size: int | None = None) -> NDArray[np.uint8]:
    """Decode one picture upright: grey, CMYK, palette and alpha (over white) become RGB.

    A JPEG that is much larger than ``size`` is decoded at 1/2, 1/4 or 1/8 of its size (its coefficients allow that),
    which takes a fraction of the time. Its short side keeps at least 2 x ``size`` and ``WHOLE_BELOW`` / 2 pixels, so
    that what is scaled down afterwards differs by 1 of 256 levels on average.

    Args:
        data: the bytes of its file.
        size: scale and crop it as ``resize`` does; None: its own size.

    Returns:
        (H, W, 3) uint8, rotated according to its EXIF orientation; (size, size, 3) where a size is given.

    Raises:
        BadImage: not a picture, a damaged one, or one of more than ``MAX_PIXELS``.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _refuse_bomb(picture.width, picture.height)
            if size is not None:
                _shrink_while_decoding(picture, at_least=max(2 * size, WHOLE_BELOW // 2))
            ImageOps.exif_transpose(picture, in_place=True)  # a copy of each picture would cost as much as resizing it
            upright = _rgb(picture)
            return np.asarray(upright if size is None else _square(upright, size), dtype=np.uint8)
    except (MemoryError, BadImage):
        raise
    except Exception as error:  # Pillow's plugins raise many kinds of errors for damaged files
        raise BadImage(f"cannot decode {len(data)} bytes as a picture: {error}") from error


def resize(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale the short side to ``size`` with antialiasing and crop the centre.

    Args:
        image: (H, W, 3) uint8.
        size: side of the result in pixels.

    Returns:
        (size, size, 3) uint8; the same array where it already has this shape.
    """
    if image.shape[:2] == (size, size):
        return image
    return np.asarray(_square(Image.fromarray(image), size), dtype=np.uint8)


def resize_mask(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Scale and crop a mask exactly as ``resize`` does its image; a pixel is true if at least half of it is covered.

    Args:
        mask: (H, W) bool.
        size: side of the result in pixels.

    Returns:
        (size, size) bool.
    """
    if mask.shape == (size, size):
        return mask
    return np.asarray(_square(Image.fromarray(mask.astype(np.uint8) * 255), size)) >= 128


def centre_square(size: tuple[int, int]) -> Box:
    """The largest centred square of a (width, height) picture, as left, upper, right, lower."""
    width, height = size
    side = min(width, height)
    left, upper = (width - side) / 2, (height - side) / 2
    return left, upper, left + side, upper + side


def _square(picture: Image.Image, size: int) -> Image.Image:
    if picture.size == (size, size):
        return picture
    return picture.resize((size, size), Image.Resampling.BILINEAR, box=centre_square(picture.size))


def _shrink_while_decoding(picture: Image.Image, *, at_least: int) -> None:
    """Have the decoder leave out detail that scaling down would; only that of JPEG can."""
    times = min(picture.size) // at_least
    if times > 1:
        picture.draft(None, (picture.width // times, picture.height // times))


def _refuse_bomb(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadImage(f"a picture of {width} x {height} pixels is larger than the {MAX_PIXELS} that are allowed")


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return picture.convert("RGB")
