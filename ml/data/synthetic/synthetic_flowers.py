"""Draws the data set ``synthetic_flowers``, with true masks: no download, the same pixels on every machine.

A class is a number of petals and their shape. Colour, background, position, size, rotation, tilt and light vary
independently of the class, so a classifier has to use the flower's shape.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ml.data.example import DatasetDescription, Example, slice_of
from ml.data.synthetic import flower_drawing, flower_scene
from ml.data.synthetic.flower_drawing import Flower

NAME = "synthetic_flowers"
VERSION = "1.0.0"
"""Increase it whenever the same split and index give other pixels than before."""
SIZE = 128
"""Side of a picture in pixels."""

PETALS = {"three": 3, "five": 5, "eight": 8}
SHAPES = ("round", "pointed", "heart")
CLASSES = tuple(product(PETALS, SHAPES))
SPLITS = {"train": 5400, "validation": 450, "test": 540}
PETAL_HUES = ((0.80, 1.02), (0.0, 0.17), (0.55, 0.80))
"""Pink to red, red to yellow, blue to violet: no petal is as green as a leaf."""


def describe() -> DatasetDescription:
    """Nine classes, balanced within each split, with masks."""
    names = tuple(f"{count} {shape} petals" for count, shape in CLASSES)
    return DatasetDescription(NAME, names, SPLITS, has_masks=True, version=VERSION)


def read(split: str, *, start: int = 0, stop: int | None = None) -> Iterator[Example]:
    """Draw the pictures ``split[start:stop]``; see ``ml.data.datasets.read``."""
    return (example(split, index) for index in slice_of(describe(), split, start, stop))


def identify(split: str, index: int) -> Example:
    """One example without drawing it; see ``ml.data.datasets.identify``."""
    [place] = slice_of(describe(), split, index, index + 1)
    return Example(_image_id(split, place), place, place % len(CLASSES), None)


def example(split: str, index: int) -> Example:
    """Draw one picture; the same pixels for the same split and index, whatever was drawn before."""
    rng = np.random.default_rng((list(SPLITS).index(split), index))
    label = index % len(CLASSES)
    flower = _flower(label, rng)
    drawing = flower_drawing.draw(flower, SIZE, rng)
    ground = flower_scene.background(SIZE, rng) * flower_scene.shadow(drawing.coverage, rng)
    scene = ground + drawing.coverage[..., None] * (drawing.colours - ground)
    image = (flower_scene.light(scene, rng) * 255).astype(np.uint8)
    return Example(_image_id(split, index), index, label, image, drawing.coverage >= 0.5)


def _image_id(split: str, index: int) -> str:
    return f"{split}-{index:05d}"


def _flower(label: int, rng: np.random.Generator) -> Flower:
    count, shape = CLASSES[label]
    radius = float(rng.uniform(0.31, 0.45)) * SIZE
    room = SIZE / 2 - 0.9 * radius
    outer = _petal_colour(rng)
    return Flower(
        petals=PETALS[count],
        shape=shape,
        centre=(SIZE / 2 + float(rng.uniform(-room, room)), SIZE / 2 + float(rng.uniform(-room, room))),
        radius=radius,
        rotation=float(rng.uniform(0, 2 * np.pi)),
        tilt=float(rng.uniform(0.82, 1)),
        tilt_angle=float(rng.uniform(0, np.pi)),
        fullness=float(rng.uniform(0.85, 1)),
        core=float(rng.uniform(0.14, 0.24)),
        inner=np.clip(outer * np.float32(rng.uniform(0.55, 1.1)) + rng.uniform(-0.1, 0.1, 3), 0, 1).astype(np.float32),
        outer=outer,
        core_colour=rng.uniform((0.35, 0.2, 0.02), (0.98, 0.85, 0.3)).astype(np.float32),
    )


def _petal_colour(rng: np.random.Generator) -> NDArray[np.float32]:
    low, high = PETAL_HUES[rng.integers(len(PETAL_HUES))]
    hue, saturation, value = rng.uniform(low, high) % 1, rng.uniform(0.05, 0.95), rng.uniform(0.7, 1)
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value), dtype=np.float32)
