"""The tables are Matplotlib's colours, which the API does without."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from drawing.colours import LEVELS, Kind, opacities, palette, scale

NAMES: dict[Kind, str] = {"sequential": "inferno", "diverging": "RdBu_r"}


@pytest.mark.parametrize("kind", NAMES)
def test_the_palette_is_matplotlibs(kind: Kind) -> None:
    colours = mpl.colormaps[NAMES[kind]](np.linspace(0, 1, LEVELS))[:, :3]
    assert np.array_equal(palette(kind), np.rint(colours * 255))


@pytest.mark.parametrize("kind", NAMES)
def test_a_legend_goes_from_the_lowest_colour_to_the_highest(kind: Kind) -> None:
    found = scale(kind)
    assert found == [mpl.colors.to_hex(mpl.colormaps[NAMES[kind]](step / 8)) for step in range(9)]


def test_the_photograph_shows_where_values_are_small() -> None:
    assert opacities("sequential")[0] == round(0.15 * 255)
    assert (np.diff(opacities("sequential").astype(int)) >= 0).all()
    assert opacities("diverging")[LEVELS // 2] < 10
    assert opacities("diverging")[0] == opacities("diverging")[-1] == round(0.95 * 255)
