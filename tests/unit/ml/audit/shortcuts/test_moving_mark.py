from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.suspicion import Suspicion
from ml.audit.shortcuts.suspicions import suspicions
from tests.unit.ml.audit.shortcuts.made_up_pictures import (
    LABEL,
    MAGENTA,
    MEMBER,
    SIDE,
    Floats,
    Images,
    evidence,
    given,
    noise,
    told_by,
    true_class,
)

LENGTH = 8


@pytest.fixture(name="images")
def _images() -> Images:
    images, corners = noise(), _corners()
    for image, (top, left) in zip(images[MEMBER], corners, strict=True):
        image[top : top + LENGTH, left : left + LENGTH] = MAGENTA
    marked = images[MEMBER].copy()
    for image, (top, left) in zip(marked, corners, strict=True):
        image[top : top + LENGTH, left : left + LENGTH] = MAGENTA
    images[MEMBER] = marked
    return images


def _corners() -> list[tuple[int, int]]:
    cells = np.random.default_rng(8).integers(0, SIDE // 4 - 1, (int(MEMBER.sum()), 2)) * 4
    return [(int(top), int(left)) for top, left in cells]


def _peaks() -> np.ndarray:
    peaks = np.zeros((len(MEMBER), 8, 8), bool)
    for row, (top, left) in zip(np.flatnonzero(MEMBER), _corners(), strict=True):
        peaks[row, top // 4 : top // 4 + 2, left // 4 : left // 4 + 2] = True
    return peaks


def looks_for_magenta(images: Images) -> Floats:
    """Sees the square wherever it is."""
    magenta = (images[..., 1] == 0) & (images[..., 0] == 255)
    return told_by(magenta.sum(axis=(1, 2)) >= LENGTH**2 // 2, images)


def moving(images: Images) -> Suspicion:
    known = evidence(images, _peaks())
    return next(each for each in suspicions(known, pictures=given(images), seed=0) if each.places)


def test_a_mark_that_moves_is_found_where_it_is_in_each_image(images: Images) -> None:
    found = moving(images)
    assert (found.label, found.share) == (LABEL, 1)
    corners = dict(zip(np.flatnonzero(MEMBER).tolist(), _corners(), strict=True))
    for image, place in zip(found.images, found.places, strict=True):
        top, left = corners[image]
        assert (place.top * SIDE, place.left * SIDE) == pytest.approx((top, left), abs=1)
        assert (place.bottom * SIDE, place.right * SIDE) == pytest.approx((top + LENGTH, left + LENGTH), abs=1)


def test_it_is_found_where_no_map_shows_it(images: Images) -> None:
    known = replace(evidence(images), maps=None)
    found = next(each for each in suspicions(known, pictures=given(images), seed=0) if each.places)
    assert found.label == LABEL
    assert found.share > 0.9
    assert confirm(found, known, given(images), looks_for_magenta, seed=0).confirmed


def test_it_is_confirmed_if_the_model_looks_for_it(images: Images) -> None:
    found = confirm(moving(images), evidence(images, _peaks()), given(images), looks_for_magenta, seed=0)
    assert found.confirmed
    assert found.pasted.share > 0.9
    assert found.removed.share > 0.9
    assert (found.pasted_random.share, found.removed_random.share) == (0, 0)


def test_it_is_not_confirmed_if_the_model_ignores_it(images: Images) -> None:
    assert not confirm(moving(images), evidence(images, _peaks()), given(images), true_class, seed=0).confirmed
