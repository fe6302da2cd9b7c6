"""Decodes, resizes and crops pictures: from bytes to the array that a model takes.

Training and explaining use the same functions, so a heatmap always fits the picture that it explains.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from drawing.colour_profile import to_srgb
from drawing.network_view import centre_box, to_rgb
from ml.data.image_size import ImageSize, height_and_width
from ml.data.picture_kind import FORMATS, what_it_is
from ml.errors import BadImage

with suppress(ImportError):  # without it, HEIC pictures are refused by name
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)

Image.init()

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decompressed (a small file can expand to gigabytes)."""

WHOLE_BELOW = 1024
"""A JPEG with a shorter side than this is decoded whole, whatever size is wanted."""


def decode(data: bytes, size: ImageSize | None = None) -> NDArray[np.uint8]:
    """Decode one picture upright and in sRGB: grey, CMYK, palette and alpha (over white) become RGB.

    Of several pages or frames the first is taken. Colours are converted where an ICC profile says that they are others,
    after scaling, which costs less.

    A JPEG that is much larger than ``size`` is decoded at 1/2, 1/4 or 1/8 of its size (its coefficients allow that),
    which takes a fraction of the time. Its short side keeps at least twice the longer side of ``size`` and
    ``WHOLE_BELOW`` / 2 pixels, so that what is scaled down afterwards differs by 1 of 256 levels on average.

    Args:
        data: the bytes of its file.
        size: scale and crop it as ``resize`` does; None: its own size.

    Returns:
        (H, W, 3) uint8, rotated according to its EXIF orientation; cut to ``size`` where one is given.

    Raises:
        BadImage: not a picture, a damaged one, or one of more than ``MAX_PIXELS``.
    """
    try:
        with Image.open(io.BytesIO(data), formats=[name for name in FORMATS if name in Image.OPEN]) as picture:
            _refuse_bomb(picture.width, picture.height)
            if size is not None:
                _shrink_while_decoding(picture, at_least=max(2 * max(height_and_width(size)), WHOLE_BELOW // 2))
            ImageOps.exif_transpose(picture, in_place=True)  # a copy of each picture would cost as much as resizing it
            mode, profile = picture.mode, picture.info.get("icc_profile")
            upright = picture if mode == "CMYK" and profile else _rgb(picture)
            cut = upright if size is None else _cut_out(upright, size)
            converted = to_srgb(cut, profile, mode=mode)
            return np.asarray(converted if converted.mode == "RGB" else converted.convert("RGB"), dtype=np.uint8)
    except (MemoryError, BadImage):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(_number_in(str(error))) from error
    except UnidentifiedImageError as error:
        reason = what_it_is(data) or f"it is none of {', '.join(FORMATS)}"
        raise BadImage(f"cannot decode {len(data)} bytes as a picture: {reason}") from error
    except Exception as error:  # Pillow's plugins raise many kinds of errors for damaged files
        raise BadImage(f"cannot decode {len(data)} bytes as a picture: {_without_address(error)}") from error


def from_array(pixels: NDArray[np.uint8], size: ImageSize | None = None) -> NDArray[np.uint8]:
    """A picture that is stored as its pixels, as ``decode`` gives one that is stored as a file.

    Args:
        pixels: (H, W), or (H, W, 1, 3 or 4) uint8: grey, RGB, or RGB with alpha.
        size: scale and crop it as ``resize`` does; None: its own size.

    Returns:
        (H, W, 3) uint8; cut to ``size`` where one is given.

    Raises:
        BadImage: it has no pixels.
    """
    if not pixels.size:
        raise BadImage(f"the picture has no pixels: it is {list(pixels.shape)}")
    grey = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[-1] == 1 else pixels
    whole = np.asarray(_rgb(Image.fromarray(np.ascontiguousarray(grey))), dtype=np.uint8)
    return whole if size is None else resize(whole, size)


def resize(image: NDArray[np.uint8], size: ImageSize) -> NDArray[np.uint8]:
    """Scale with antialiasing until both sides fill ``size``, and crop the centre.

    Args:
        image: (H, W, 3) uint8.
        size: of the result.

    Returns:
        (S, S, 3) or (height, width, 3) uint8; the same array where it already has this shape.
    """
    if image.shape[:2] == height_and_width(size):
        return image
    return np.asarray(_cut_out(Image.fromarray(image), size), dtype=np.uint8)


def resize_mask(mask: NDArray[np.bool_], size: ImageSize) -> NDArray[np.bool_]:
    """Scale and crop a mask exactly as ``resize`` does its image; a pixel is true if at least half of it is covered.

    Args:
        mask: (H, W) bool.
        size: of the result.

    Returns:
        (S, S) or (height, width) bool.
    """
    if mask.shape == height_and_width(size):
        return mask
    picture = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(_cut_out(picture, size)) >= 128


def _cut_out(picture: Image.Image, size: ImageSize) -> Image.Image:
    height, width = height_and_width(size)
    if picture.size == (width, height):
        return picture
    box = centre_box(picture.size, height=height, width=width)
    return picture.resize((width, height), Image.Resampling.BILINEAR, box=box)


def _shrink_while_decoding(picture: Image.Image, *, at_least: int) -> None:
    """Have the decoder leave out detail that scaling down would; only that of JPEG can."""
    times = min(picture.size) // at_least
    if times > 1:
        picture.draft(None, (picture.width // times, picture.height // times))


def _refuse_bomb(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(f"{width} x {height}")


def _too_large(pixels: str) -> BadImage:
    return BadImage(f"a picture of {pixels} pixels is larger than the {MAX_PIXELS} that are allowed")


def _number_in(message: str) -> str:
    """The first number of a message of Pillow, which has another limit."""
    found = re.search(r"\d+", message)
    return found[0] if found else "very many"


def _without_address(error: Exception) -> str:
    """A message that is the same in the next run: objects have other addresses then."""
    return re.sub(r" ?<[^<>]* at 0x[0-9a-f]+>", "", str(error)) or type(error).__name__


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in {"I", "F"}:
        raise BadImage(
            f"its pixels are numbers of 32 bits (mode {picture.mode!r}), of which nobody knows which is white: save it "
            "with 8 or 16 bits"
        )
    return to_rgb(picture)
