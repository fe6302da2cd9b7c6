"""What is planted in pictures: marks in a fixed and in a moving place, text, a colour cast and others."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ml.audit.shortcuts.suspicion import Place

Images = npt.NDArray[np.uint8]
Generator = np.random.Generator


@dataclass(frozen=True, eq=False)
class Planted:
    """A picture (S, S, 3) with something planted in it, and where; None where it has no place."""

    image: Images
    place: Place | None = None


Plant = Callable[[Images], Planted]
"""Plants the same thing in any picture."""


def square(rng: Generator) -> Plant:
    """A square of one vivid colour, always at the same place."""
    mark, corner = _flat_mark(rng), rng.uniform(0.02, 0.73, 2)
    return lambda image: _stuck(image, mark, corner)


def moving_square(rng: Generator) -> Plant:
    """A square of one vivid colour, in each picture elsewhere."""
    mark, places = _flat_mark(rng), np.random.default_rng(rng.integers(2**32))
    return lambda image: _stuck(image, mark, places.uniform(0.0, 0.75, 2))


def sticker(rng: Generator) -> Plant:
    """A small picture of many colours, in each picture elsewhere."""
    cells = rng.integers(0, 256, (3, 3, 3)).astype(np.uint8)
    places = np.random.default_rng(rng.integers(2**32))
    return lambda image: _stuck(image, cells, places.uniform(0.0, 0.75, 2))


def watermark(rng: Generator) -> Plant:
    """Translucent white text near the lower edge or the upper one."""
    text = "".join(chr(letter) for letter in rng.integers(ord("A"), ord("Z") + 1, 5))
    top, left = float(rng.choice((0.04, 0.78))), float(rng.uniform(0.04, 0.3))

    def plant(image: Images) -> Planted:
        side = len(image)
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).text((left * side, top * side), text, fill=200, font_size=max(8, side // 6))
        covered = np.asarray(mask, np.float32)[..., None] / np.float32(255)
        return Planted((image + covered * (np.float32(255) - image)).astype(np.uint8), _covered(covered[..., 0] > 0))

    return plant


def border(rng: Generator) -> Plant:
    """A frame of one colour."""
    colour, share = rng.integers(0, 256, 3), float(rng.uniform(0.04, 0.07))

    def plant(image: Images) -> Planted:
        framed, width = image.copy(), max(2, round(share * len(image)))
        inner = image[width:-width, width:-width].copy()
        framed[:] = colour
        framed[width:-width, width:-width] = inner
        return Planted(framed)

    return plant


def colour_cast(rng: Generator) -> Plant:
    """All colours are drawn towards one."""
    gains = np.roll(np.asarray([1.25, 1.0, 0.72], np.float32), rng.integers(3))
    return lambda image: Planted(np.clip(image * gains, 0, 255).astype(np.uint8))


def background(rng: Generator) -> Plant:
    """What lies outside a large ellipse is a texture of stripes, in another phase each time."""
    colours, period = rng.integers(0, 256, (2, 3)).astype(np.float32), float(rng.uniform(0.08, 0.16))
    angle, phases = float(rng.uniform(0, np.pi)), np.random.default_rng(rng.integers(2**32))

    def plant(image: Images) -> Planted:
        rows, columns = np.mgrid[0 : len(image), 0 : len(image)].astype(np.float32) / np.float32(len(image))
        outside = np.hypot(rows - 0.5, columns - 0.5) > 0.47
        wave = np.sin(2 * np.pi * ((rows * np.cos(angle) + columns * np.sin(angle)) / period + phases.uniform()))
        texture = colours[0] + (wave[..., None] > 0) * (colours[1] - colours[0])
        noisy = texture + phases.normal(0, 6, texture.shape)
        return Planted(np.where(outside[..., None], np.clip(noisy, 0, 255), image).astype(np.uint8))

    return plant


def blur(rng: Generator) -> Plant:
    """The picture is blurred."""
    share = float(rng.uniform(0.013, 0.02))
    return lambda image: Planted(
        np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(share * len(image))), np.uint8)
    )


def jpeg(rng: Generator) -> Plant:
    """The picture was compressed much."""
    quality = int(rng.integers(6, 13))

    def plant(image: Images) -> Planted:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=quality)
        return Planted(np.asarray(Image.open(buffer), np.uint8))

    return plant


PLANTS: Mapping[str, Callable[[Generator], Plant]] = MappingProxyType(
    {
        "square": square,
        "moving square": moving_square,
        "moving sticker": sticker,
        "watermark": watermark,
        "border": border,
        "colour cast": colour_cast,
        "background": background,
        "blur": blur,
        "compression": jpeg,
    }
)


def _flat_mark(rng: Generator) -> Images:
    return np.roll(np.asarray([[[255, 0, rng.integers(120, 256)]]], np.uint8), rng.integers(3), axis=2)


def _stuck(image: Images, mark: Images, corner: npt.NDArray[np.floating]) -> Planted:
    """A mark (h, w, 3) enlarged to a quarter of the side, its top left corner at these shares of it."""
    side, length = len(image), round(len(image) / 4)
    top, left = (min(int(part * side), side - length) for part in corner)
    copy = image.copy()
    copy[top : top + length, left : left + length] = np.asarray(
        Image.fromarray(mark).resize((length, length), Image.Resampling.NEAREST)
    )
    return Planted(copy, Place(top / side, left / side, (top + length) / side, (left + length) / side))


def _covered(mask: npt.NDArray[np.bool_]) -> Place:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    side = len(mask)
    return Place(rows[0] / side, columns[0] / side, (rows[-1] + 1) / side, (columns[-1] + 1) / side)
