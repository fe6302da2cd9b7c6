"""Evidence from which little can be told: each part does what can be done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.suspicion import Evidence, Place, Suspicion
from ml.audit.shortcuts.suspicions import suspicions
from ml.errors import MlError
from tests.unit.ml.audit.shortcuts.made_up_pictures import (
    LABEL,
    MAGENTA,
    MEMBER,
    Images,
    evidence,
    given,
    noise,
    true_class,
)
from tests.unit.ml.audit.shortcuts.test_fixed_mark import looks_at_square


@pytest.fixture(name="images")
def _images() -> Images:
    images = noise()
    images[MEMBER, 4:12, 20:28] = MAGENTA
    return images


def _kept(known: Evidence, rows: np.ndarray) -> Evidence:
    assert known.maps is not None
    return Evidence(known.maps[rows], known.features[rows], known.cues[rows], known.predicted[rows], None)


def test_without_labels_predictions_are_taken_for_right(images: Images) -> None:
    known = replace(evidence(images), true=None)
    found = next(each for each in suspicions(known, seed=0) if each.kind == "mark")
    assert confirm(found, known, given(images), looks_at_square, seed=0).confirmed


def test_two_classes_are_enough(images: Images) -> None:
    rows = np.flatnonzero(evidence(images).predicted < 2)
    known = _kept(evidence(images), rows)
    found = next(each for each in suspicions(known, pictures=given(images[rows]), seed=0) if each.label == LABEL)
    assert confirm(found, known, given(images[rows]), looks_at_square, seed=0).removed.of > 0


@pytest.mark.parametrize(
    "rows", [[0], [0, 24, 48], list(range(24)), []], ids=["one", "one a class", "one class", "none"]
)
def test_of_too_few_images_nothing_is_suspected(images: Images, rows: list[int]) -> None:
    known = _kept(evidence(images), np.asarray(rows, int))
    assert suspicions(known, pictures=given(images[rows]), seed=0) == ()


@pytest.mark.parametrize("value", [0, np.nan], ids=["empty", "not finite"])
def test_maps_that_say_nothing_leave_what_the_pictures_show(images: Images, value: float) -> None:
    known = replace(evidence(images), maps=np.full((len(images), 8, 8), value, np.float32))
    found = suspicions(known, pictures=given(images), seed=0)
    assert found
    assert {each.kind for each in found}.isdisjoint({"place", "cluster"})


def test_without_an_image_that_is_right_there_is_nothing_to_try(images: Images) -> None:
    known = replace(evidence(images), true=np.full(len(images), 9))
    suspected = Suspicion("place", LABEL, 1, 9, 0.01, 1, (30,), Place(0, 0, 0.5, 0.5), "")
    found = confirm(suspected, known, given(images), true_class, seed=0)
    assert not found.confirmed
    assert (found.pasted.of, found.removed.of) == (0, 0)


def test_where_nothing_can_be_tried_the_words_say_what_is_missing(images: Images) -> None:
    known = evidence(images)
    found = next(each for each in suspicions(known, seed=0) if each.kind == "mark")
    one = replace(found, images=found.images[:1])
    words = confirm(one, known, given(images), looks_at_square, seed=0).words
    assert words == "of 8 images that are needed to try it, 1 show it and are recognised"
    alone = replace(known, predicted=np.full_like(known.predicted, found.label), true=None)
    assert "no image of another class" in confirm(found, alone, given(images), looks_at_square, seed=0).words


def test_arrays_of_other_images_are_refused(images: Images) -> None:
    with pytest.raises(MlError, match="one row for each image"):
        replace(evidence(images), predicted=np.zeros(3, int))
