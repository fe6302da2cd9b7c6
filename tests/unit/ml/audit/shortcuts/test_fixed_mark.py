from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.suspicion import Suspicion
from ml.audit.shortcuts.suspicions import suspicions
from tests.unit.ml.audit.shortcuts.made_up_pictures import (
    CLASSES,
    LABEL,
    MAGENTA,
    MEMBER,
    Floats,
    Images,
    evidence,
    given,
    noise,
    told_by,
    true_class,
)

PEAKS = np.zeros((len(MEMBER), 8, 8), bool)
PEAKS[MEMBER, 1:3, 5:7] = True


@pytest.fixture(name="images")
def _images() -> Images:
    images = noise()
    images[MEMBER, 4:12, 20:28] = MAGENTA
    return images


def looks_at_square(images: Images) -> Floats:
    return told_by(images[:, 4:12, 20:28, 1].mean(axis=(1, 2)) < 30, images)


def place_of_maps(images: Images) -> Suspicion:
    return next(each for each in suspicions(evidence(images, PEAKS), seed=0) if each.kind == "place")


def test_the_place_where_maps_gather_is_found_to_the_cell(images: Images) -> None:
    found = place_of_maps(images)
    assert (found.label, found.share, found.looks) == (LABEL, 1, CLASSES * 64)
    assert found.place is not None
    assert (found.place.top, found.place.left, found.place.bottom, found.place.right) == (0.125, 0.625, 0.375, 0.875)


def test_the_mark_is_found_in_the_pictures_alone(images: Images) -> None:
    known = replace(evidence(images), maps=None)
    found = next(each for each in suspicions(known, seed=0) if each.kind == "mark")
    assert found.label == LABEL
    assert found.place is not None
    assert found.place.top == pytest.approx(0.125, abs=0.09)
    assert found.place.right == pytest.approx(0.875, abs=0.09)


def test_a_square_that_the_model_looks_at_is_confirmed(images: Images) -> None:
    found = confirm(place_of_maps(images), evidence(images, PEAKS), given(images), looks_at_square, seed=0)
    assert found.confirmed
    assert (found.pasted.share, found.removed.share) == (1, 1)
    assert (found.pasted_random.share, found.removed_random.share) == (0, 0)
    assert found.pasted.of == found.pasted_random.of == 48
    assert found.removed.of == 24


def test_a_square_that_the_model_ignores_is_not_confirmed(images: Images) -> None:
    found = confirm(place_of_maps(images), evidence(images, PEAKS), given(images), true_class, seed=0)
    assert not found.confirmed
    assert found.pasted.share == 0
    assert found.pasted.of == 16  # the first look sufficed


def test_the_same_seed_gives_the_same_suspicions(images: Images) -> None:
    known = evidence(images, PEAKS)
    assert suspicions(known, pictures=given(images), seed=4) == suspicions(known, pictures=given(images), seed=4)
