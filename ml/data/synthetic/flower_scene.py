"""Draws the scene around a flower: a background with leaves and blurred lights, a shadow, and the lighting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Field = NDArray[np.float32]

GROUNDS = (
    ((0.10, 0.24, 0.08), (0.42, 0.55, 0.24)),  # meadow
    ((0.05, 0.12, 0.07), (0.20, 0.33, 0.19)),  # hedge
    ((0.25, 0.18, 0.12), (0.53, 0.42, 0.30)),  # soil
    ((0.42, 0.55, 0.70), (0.80, 0.87, 0.93)),  # sky
    ((0.30, 0.31, 0.33), (0.66, 0.65, 0.62)),  # stone
    ((0.16, 0.13, 0.22), (0.45, 0.38, 0.52)),  # dusk
)


def background(size: int, rng: np.random.Generator) -> Field:
    """A background with leaves and blurred lights.

    Returns:
        (size, size, 3) float32, 0..1.
    """
    picture = _ground(size, rng)
    layer = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(0, 9))):
        _leaf(layer, size, rng)
    for _ in range(int(rng.integers(0, 5))):
        _light(layer, size, rng)
    blurred = picture.filter(ImageFilter.BoxBlur(float(rng.uniform(0.5, 2.0))))
    grain = rng.standard_normal((size, size, 1), dtype=np.float32) * np.float32(rng.uniform(0.005, 0.035))
    return np.asarray(blurred, dtype=np.float32) / np.float32(255) + grain


def shadow(coverage: Field, rng: np.random.Generator) -> Field:
    """The shadow of a flower on the background, as factors of brightness.

    Args:
        coverage: (size, size) float32, 0..1.

    Returns:
        (size, size, 1) float32 factors.
    """
    size = len(coverage)
    dx, dy = (int(step) for step in rng.integers(-size // 24, size // 24 + 1, 2))
    moved = Image.fromarray((np.roll(coverage, (dy, dx), (0, 1)) * 255).astype(np.uint8))
    soft = np.asarray(moved.filter(ImageFilter.BoxBlur(size / 32)), dtype=np.float32) / np.float32(255)
    return (1 - np.float32(rng.uniform(0.2, 0.6)) * soft)[..., None]


def light(scene: Field, rng: np.random.Generator) -> Field:
    """Apply an exposure, a tint, and a gradient of light from one side."""
    size = len(scene)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    slope = rng.uniform(-0.18, 0.18, 2).astype(np.float32)
    falling = 1 + slope[0] * ramp[None, :] + slope[1] * ramp[:, None]
    tint = rng.uniform(0.9, 1.1, 3).astype(np.float32) * np.float32(rng.uniform(0.75, 1.2))
    return np.clip(scene * falling[..., None] * tint, 0, 1)


def _ground(size: int, rng: np.random.Generator) -> Image.Image:
    """A coarse random texture of two colours."""
    low, high = (np.array(c, dtype=np.float32) for c in GROUNDS[rng.integers(len(GROUNDS))])
    cells = int(rng.integers(2, 12))
    weight = rng.random((cells, cells, 1), dtype=np.float32)
    jitter = rng.uniform(-0.07, 0.07, (cells, cells, 3)).astype(np.float32)
    coarse = np.clip(low + (high - low) * weight + jitter, 0, 1)
    return Image.fromarray((coarse * 255).astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)


def _leaf(layer: ImageDraw.ImageDraw, size: int, rng: np.random.Generator) -> None:
    """A lance-shaped leaf with its midrib, anywhere in the picture."""
    start, angle = rng.uniform(-0.1, 1.1, 2) * size, rng.uniform(0, 2 * np.pi)
    length, width = rng.uniform(0.2, 0.8) * size, rng.uniform(0.02, 0.09) * size
    axis, normal = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    steps = np.linspace(0, 1, 9)[:, None]
    spine, bulge = start + axis * length * steps, normal * width * np.sin(np.pi * steps)
    outline = np.concatenate([spine + bulge, (spine - bulge)[::-1]])
    green = rng.uniform((0.05, 0.2, 0.03), (0.45, 0.6, 0.3))
    layer.polygon([tuple(point) for point in outline.tolist()], fill=_rgb(green))
    layer.line([tuple(spine[0]), tuple(spine[-1])], fill=_rgb(green * 1.3), width=1)


def _light(layer: ImageDraw.ImageDraw, size: int, rng: np.random.Generator) -> None:
    """An out-of-focus disc of any colour, so that colour alone does not reveal the flower."""
    x, y, radius = *rng.uniform(0, size, 2), rng.uniform(0.02, 0.1) * size
    layer.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_rgb(rng.uniform(0.2, 0.95, 3)))


def _rgb(colour: NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = (int(255 * min(float(part), 1.0)) for part in colour)
    return red, green, blue
