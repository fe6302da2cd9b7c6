"""Draws one flower on a grid of pixels from the geometry of its petals, so that edges are smooth and masks exact.

All lengths are in units of the flower's radius, except in the last step, which converts distance to coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
OUTSIDE = np.float32(-1e3)


@dataclass(frozen=True)
class Flower:
    """Where a flower is and what it looks like.

    Attributes:
        petals: how many.
        shape: ``round``, ``pointed`` or ``heart``.
        centre: x, y in pixels.
        radius: from the centre to the tip of a petal, in pixels.
        rotation: of the first petal, in radians.
        tilt: how much the short axis is foreshortened, 1 for a flower seen from above.
        tilt_angle: direction of the long axis, in radians.
        fullness: width of a petal, as a share of the space between its neighbours.
        core: radius of the centre disc, in units of ``radius``.
        inner, outer, core_colour: RGB, 0..1.
    """

    petals: int
    shape: str
    centre: tuple[float, float]
    radius: float
    rotation: float
    tilt: float
    tilt_angle: float
    fullness: float
    core: float
    inner: NDArray[np.float32]
    outer: NDArray[np.float32]
    core_colour: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawn flower: its colours everywhere, and how much of each pixel it covers.

    Attributes:
        colours: (size, size, 3) float32, 0..1.
        coverage: (size, size) float32, 0..1.
    """

    colours: Field
    coverage: Field


def draw(flower: Flower, size: int, rng: np.random.Generator) -> Drawing:
    """Draw the petals, their veins and shade, and the centre disc on a grid of ``size`` pixels."""
    x, y = _flower_coordinates(flower, size)
    radius, angle = np.hypot(x, y), np.arctan2(y, x) - np.float32(flower.rotation)
    sector = np.float32(2 * np.pi / flower.petals)
    petal = np.round(angle / sector)
    folded = angle - petal * sector
    petal = petal.astype(np.int8) % flower.petals
    reach = radius * _per_petal(petal, 0.08, rng)
    along, across = reach * np.cos(folded), np.abs(reach * np.sin(folded))
    inside = _petal(flower, along, across)
    shade = _shade(flower, along, across, inside) * _per_petal(petal, 0.12, rng)
    colours = flower.inner + np.clip(along, 0, 1)[..., None] * (flower.outer - flower.inner)
    colours *= shade[..., None]
    core = _coverage(np.float32(flower.core) - radius, flower.radius)
    colours += core[..., None] * (_core_colours(flower, x, y, radius) - colours)
    return Drawing(colours, np.maximum(_coverage(inside, flower.radius), core))


def _flower_coordinates(flower: Flower, size: int) -> tuple[Field, Field]:
    """Pixel centres as seen from the flower: shifted, untilted, in units of its radius."""
    pixels = np.arange(size, dtype=np.float32) + np.float32(0.5)
    dx = (pixels - np.float32(flower.centre[0]))[None, :] / np.float32(flower.radius)
    dy = (pixels - np.float32(flower.centre[1]))[:, None] / np.float32(flower.radius)
    cos, sin = np.float32(np.cos(flower.tilt_angle)), np.float32(np.sin(flower.tilt_angle))
    across = (dy * cos - dx * sin) / np.float32(flower.tilt)
    return np.asarray(dx * cos + dy * sin, np.float32), np.asarray(across, np.float32)


def _petal(flower: Flower, along: Field, across: Field) -> Field:
    """How far each point is inside its petal; negative outside."""
    free = 0.64 * np.tan(np.pi / flower.petals)
    half_width = np.float32(min(free, 0.44) * flower.fullness)
    if flower.shape == "pointed":
        return _lens(along, across, half_width * np.float32(0.72))
    lobe = half_width * np.float32(0.5) if flower.shape == "heart" else half_width
    return _lobes(along, across, lobe, half_width - lobe)


def _lens(along: Field, across: Field, half_width: np.float32) -> Field:
    """The overlap of two circles: a petal that is pointed at both ends."""
    radius = (np.float32(0.25) + half_width**2) / (2 * half_width)
    return radius - np.hypot(along - np.float32(0.5), across + radius - half_width)


def _lobes(along: Field, across: Field, lobe: np.float32, offset: np.float32) -> Field:
    """A wedge from the centre that ends in one round tip (offset 0), or in two with a notch between them."""
    tip = 1 - lobe
    to_lobe = np.hypot(tip, offset)
    edge = np.arctan2(offset, tip) + np.arcsin(lobe / to_lobe)
    reach = np.sqrt(to_lobe**2 - lobe**2)
    wedge = along * np.sin(edge) - across * np.cos(edge)
    before_tip = (along * np.cos(edge) + across * np.sin(edge) < reach) & (along < tip)
    return np.maximum(lobe - np.hypot(along - tip, across - offset), np.where(before_tip, wedge, OUTSIDE))


def _shade(flower: Flower, along: Field, across: Field, inside: Field) -> Field:
    """Veins along the petal, darker towards its edge and its base."""
    veins = np.float32(0.05) * np.cos(across / np.float32(0.035 + 0.02 * flower.fullness)) * (1 - along)
    edge = np.clip(inside * np.float32(9.0), 0, 1)
    return np.float32(0.66) + np.float32(0.26) * edge + np.float32(0.1) * np.clip(along, 0, 1) + veins


def _per_petal(petal: NDArray[np.int8], spread: float, rng: np.random.Generator) -> Field:
    """A factor around 1 for every petal, so that petals differ a little in length and brightness."""
    factors = 1 + spread * rng.uniform(-1, 1, int(petal.max()) + 1).astype(np.float32)
    return factors[petal]


def _core_colours(flower: Flower, x: Field, y: Field, radius: Field) -> Field:
    """A dome of small seeds."""
    seeds = np.sin(x * np.float32(60)) * np.sin(y * np.float32(60))
    dome = 1 - np.float32(0.4) * np.clip(radius / np.float32(flower.core), 0, 1) ** 2
    return flower.core_colour * (dome + np.float32(0.13) * seeds)[..., None]


def _coverage(inside: Field, radius: float) -> Field:
    return np.clip(inside * np.float32(radius) + np.float32(0.5), 0, 1)
