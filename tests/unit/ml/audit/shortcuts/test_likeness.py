from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.likeness import LEAST_LIKENESS, apart_from_subject, likeness
from ml.audit.shortcuts.masked_pixels import mask_at
from ml.audit.shortcuts.suspicion import Place

CENTRE, CORNER = Place(0.3, 0.3, 0.7, 0.7), Place(0, 0, 0.2, 0.2)


def images(*, marked: Place | None = None) -> np.ndarray:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 256, (20, 40, 40, 3)).astype(np.uint8)
    if marked is not None:
        mask = mask_at(marked, 40, 40, margin=0)
        drawn[:, mask] = rng.integers(0, 256, (int(mask.sum()), 3))
    return drawn


def test_equal_pixels_are_alike_and_independent_ones_are_not() -> None:
    mask = mask_at(CENTRE, 40, 40, margin=0)
    assert likeness(images(), mask) == pytest.approx(0, abs=0.02)
    assert likeness(images(marked=Place(0.1, 0.1, 0.9, 0.9)), mask) == pytest.approx(1, abs=0.02)


def test_pixels_of_one_colour_or_of_one_image_say_nothing() -> None:
    mask = mask_at(CENTRE, 40, 40)
    assert likeness(np.zeros((5, 40, 40, 3), np.uint8), mask) == 0
    assert likeness(images()[:1], mask) == 0


@pytest.mark.parametrize(
    ("marked", "place", "apart"),
    [
        (CENTRE, CENTRE, True),
        (None, CENTRE, False),
        (None, CORNER, True),
        (Place(0, 0, 1, 1), Place(0, 0, 0.8, 0.8), False),
    ],
    ids=["a mark", "a part of the subject", "a corner", "most of the picture"],
)
def test_a_place_is_apart_from_the_subject_if_it_is_rigid_or_outside(
    marked: Place | None, place: Place, apart: bool
) -> None:
    mask = mask_at(place, 40, 40)
    mark = likeness(images(marked=marked), mask) >= LEAST_LIKENESS
    assert apart_from_subject(mask, mark=mark) is apart
