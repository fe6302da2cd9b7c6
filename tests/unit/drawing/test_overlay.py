from __future__ import annotations

import numpy as np
import pytest

from drawing import overlay as drawing
from drawing.colours import Kind, palette

PHOTO = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def overlay(image: np.ndarray, heatmap: np.ndarray, *, kind: Kind) -> np.ndarray:
    return np.asarray(drawing.overlay(image, heatmap, kind=kind))


def map_alone(heatmap: np.ndarray, size: int, *, kind: Kind) -> np.ndarray:
    return np.asarray(drawing.map_alone(heatmap, size, kind=kind))


KINDS: tuple[Kind, ...] = ("sequential", "diverging")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf])
def test_a_constant_map_is_drawn_and_never_breaks(kind: Kind, value: float) -> None:
    assert overlay(PHOTO, np.full((32, 32), value, np.float32), kind=kind).shape == (32, 32, 3)


def test_red_speaks_for_the_class_and_blue_against_it() -> None:
    heatmap = np.zeros((32, 32), np.float32)
    heatmap[:, :16], heatmap[:, 16:] = 1, -1
    drawn = overlay(PHOTO, heatmap, kind="diverging").astype(int)
    assert (drawn[8:24, 4:12, 0] > drawn[8:24, 4:12, 2]).all()
    assert (drawn[8:24, 20:28, 2] > drawn[8:24, 20:28, 0]).all()


def test_a_coarse_map_is_enlarged_to_the_photograph() -> None:
    coarse = np.zeros((2, 2), np.float32)
    coarse[0, 0] = 1
    drawn = overlay(PHOTO, coarse, kind="sequential").astype(int)
    assert drawn.shape == PHOTO.shape
    assert drawn[:8, :8].sum() > drawn[24:, 24:].sum()


@pytest.mark.parametrize("kind", KINDS)
def test_each_pixel_mixes_the_pale_photograph_with_the_colour_of_its_level(kind: Kind) -> None:
    """By hand, in real numbers: what integers and tables make of it differs by rounding."""
    heatmap = np.linspace(-1 if kind == "diverging" else 0, 1, 1024, dtype=np.float32).reshape(32, 32)
    own, grey = {"sequential": (0.6, 0.4), "diverging": (0.18, 0.27)}[kind]
    flat = np.full_like(PHOTO, 120)
    flat[..., 0] = 60
    pale = own * flat + grey * flat.mean(axis=2, keepdims=True) + (1 - own - grey) * 252
    level = levels_of(heatmap, kind)
    share = level / 255
    covered = (0.15 + 0.6 * share if kind == "sequential" else 0.95 * np.abs(2 * share - 1) ** 0.8)[..., None]
    wanted = covered * palette(kind)[level] + (1 - covered) * pale
    assert np.abs(overlay(flat, heatmap, kind=kind) - wanted).max() <= 2


def levels_of(heatmap: np.ndarray, kind: Kind) -> np.ndarray:
    """The level of each pixel, read off the map drawn alone."""
    alone = map_alone(heatmap, 32, kind=kind).astype(int)
    distance = np.abs(alone[:, :, None] - palette(kind).astype(int)).sum(axis=-1)
    return np.asarray(distance.argmin(axis=-1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_alone_has_the_colours_of_its_scale_and_the_wanted_size(kind: Kind) -> None:
    drawn = map_alone(np.random.default_rng(1).random((7, 7), np.float32), 64, kind=kind)
    assert drawn.shape == (64, 64, 3)
    known = {tuple(colour) for colour in palette(kind).tolist()}
    assert {tuple(pixel) for pixel in drawn.reshape(-1, 3).tolist()} <= known
