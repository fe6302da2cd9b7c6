from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.mark_rectangles import mark_rectangles

SIDE, LENGTH, PIECE, LIMIT = 40, 10, 6, 0.1
CORNERS = ((3, 4), (20, 11), (9, 25), (0, 30), (30, 0), (14, 17))
VIVID = (1.0, 0.0, 1.0)


def pictures(mark: np.ndarray) -> np.ndarray:
    """Noise, each picture with the mark (LENGTH, LENGTH, 3) at another place."""
    found = np.random.default_rng(0).random((len(CORNERS), SIDE, SIDE, 3)).astype(np.float32)
    for picture, (top, left) in zip(found, CORNERS, strict=True):
        picture[top : top + LENGTH, left : left + LENGTH] = mark
    return found


def expected() -> list[list[int]]:
    return [[top, left, top + LENGTH, left + LENGTH] for top, left in CORNERS]


@pytest.mark.parametrize("seed", range(5))
def test_pieces_that_lie_anywhere_in_a_mark_of_one_colour_give_the_whole_mark_to_a_pixel(seed: int) -> None:
    anywhere = np.random.default_rng(seed).integers(0, LENGTH - PIECE + 1, (len(CORNERS), 2))
    found = mark_rectangles(
        pictures(np.full((LENGTH, LENGTH, 3), VIVID, np.float32)), np.asarray(CORNERS) + anywhere, PIECE, limit=LIMIT
    )
    assert np.abs(found - expected()).max() <= 1


def test_a_piece_of_a_mark_of_many_colours_grows_to_the_whole_mark() -> None:
    mark = np.random.default_rng(1).random((LENGTH, LENGTH, 3)).astype(np.float32)
    found = mark_rectangles(pictures(mark), np.asarray(CORNERS) + 2, PIECE, limit=LIMIT)
    assert found.tolist() == expected()


def test_what_is_alike_nowhere_stays_where_it_is() -> None:
    noise = np.random.default_rng(2).random((len(CORNERS), SIDE, SIDE, 3)).astype(np.float32)
    found = mark_rectangles(noise, np.asarray(CORNERS), PIECE, limit=LIMIT)
    assert found.tolist() == [[top, left, top + PIECE, left + PIECE] for top, left in CORNERS]
