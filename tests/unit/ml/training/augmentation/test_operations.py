"""Each operation of the policies, held against Pillow, by which the papers define them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps

from ml.training.augmentation.operations import OPERATIONS, Ranges

SIZE = 48
RANGES = Ranges(shear=0.3, translation=0.25, degrees=30, enhancement=0.9, lost_bits=4)
LEVEL = 0.7


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    coarse = np.random.default_rng(3).integers(40, 210, (6, 6, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BICUBIC)


def computed(name: str, picture: Image.Image, *, level: float = LEVEL, sign: float = 1.0) -> Any:
    image = tf.constant(np.asarray(picture, np.float32))
    return np.asarray(OPERATIONS[name](image, tf.constant(level), tf.constant(sign), RANGES))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", lambda picture: picture),
        ("autocontrast", ImageOps.autocontrast),
        ("equalize", ImageOps.equalize),
        ("solarize", lambda picture: ImageOps.solarize(picture, math.ceil(255 * (1 - LEVEL)))),
        ("posterize", lambda picture: ImageOps.posterize(picture, 8 - round(LEVEL * RANGES.lost_bits))),
    ],
)
def test_tones_change_as_in_pillow(
    name: str, expected: Callable[[Image.Image], Image.Image], picture: Image.Image
) -> None:
    np.testing.assert_allclose(computed(name, picture), np.asarray(expected(picture), np.float32), atol=1.01)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("name", "enhancer"),
    [
        ("colour", ImageEnhance.Color),
        ("contrast", ImageEnhance.Contrast),
        ("brightness", ImageEnhance.Brightness),
        ("sharpness", ImageEnhance.Sharpness),
    ],
)
def test_enhancements_lead_to_and_from_the_same_images_as_in_pillow(
    name: str, enhancer: Any, sign: float, picture: Image.Image
) -> None:
    expected = enhancer(picture).enhance(1 + sign * LEVEL * RANGES.enhancement)
    np.testing.assert_allclose(computed(name, picture, sign=sign), np.asarray(expected, np.float32), atol=2.01)


SHEAR, MOVED = LEVEL * RANGES.shear, round(LEVEL * RANGES.translation * SIZE)


@pytest.mark.parametrize(
    ("name", "matrix"),
    [
        ("shear_x", (1, SHEAR, 0, 0, 1, 0)),
        ("shear_y", (1, 0, 0, SHEAR, 1, 0)),
        ("translate_x", (1, 0, MOVED, 0, 1, 0)),
        ("translate_y", (1, 0, 0, 0, 1, MOVED)),
    ],
)
def test_places_change_as_in_pillow_where_nothing_moves_in(
    name: str, matrix: tuple[float, ...], picture: Image.Image
) -> None:
    def transformed(image: Image.Image) -> Any:
        moved = image.transform((SIZE, SIZE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
        return np.asarray(moved, np.float32)

    seen = transformed(Image.new("L", (SIZE, SIZE), 255)) == 255
    inside = seen & np.roll(seen, 1, 0) & np.roll(seen, -1, 0) & np.roll(seen, 1, 1) & np.roll(seen, -1, 1)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(computed(name, picture)[inside], transformed(picture)[inside], atol=1.5)


def test_a_rotation_turns_as_in_pillow(picture: Image.Image) -> None:
    expected = np.asarray(picture.rotate(LEVEL * RANGES.degrees, Image.Resampling.BILINEAR), np.float32)
    middle = slice(SIZE // 4, -SIZE // 4)
    np.testing.assert_allclose(
        computed("rotate", picture, sign=-1.0)[middle, middle], expected[middle, middle], atol=1.5
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_image_of_one_colour_stays_within_the_range_and_loses_no_pixel(name: str) -> None:
    grey = Image.new("RGB", (SIZE, SIZE), (200, 200, 200))
    changed = computed(name, grey, level=1.0)
    assert changed.shape == (SIZE, SIZE, 3)
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert np.ptp(changed) < 1e-3, "edges are mirrored, so nothing dark moves in"
