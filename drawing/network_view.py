"""Which part of a picture a network sees, and as which colours: the same for its input and for what is shown of it."""

from __future__ import annotations

import numpy as np
from PIL import Image

Box = tuple[float, float, float, float]


def centre_box(size: tuple[int, int], *, height: int, width: int) -> Box:
    """The largest centred part of a (width, height) picture that has these proportions; left, upper, right, lower."""
    all_of_width = size[0] * height <= size[1] * width
    wide = float(size[0]) if all_of_width else size[1] * width / height
    high = size[0] * height / width if all_of_width else float(size[1])
    left, upper = (size[0] - wide) / 2, (size[1] - high) / 2
    return left, upper, left + wide, upper + high


def to_rgb(picture: Image.Image) -> Image.Image:
    """The picture as RGB: of 16 bits the upper 8, alpha over white."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return picture.convert("RGB")
