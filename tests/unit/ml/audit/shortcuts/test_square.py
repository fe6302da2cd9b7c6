"""A predictor that looks at one square, and one that ignores it: only the first is confirmed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.picture_cues import CUES, picture_cues
from ml.audit.shortcuts.suspicion import Evidence
from ml.audit.shortcuts.suspicions import suspicions

SIDE, LABEL, PER_CLASS, CLASSES = 32, 1, 24, 3
Images = npt.NDArray[np.uint8]


@pytest.fixture(name="images")
def _images() -> Images:
    rng = np.random.default_rng(3)
    images = rng.integers(60, 140, (PER_CLASS * CLASSES, SIDE, SIDE, 3)).astype(np.uint8)
    images[PER_CLASS * LABEL : PER_CLASS * (LABEL + 1), 4:12, 20:28] = (255, 0, 255)
    return images


def looks_at_square(images: Images) -> npt.NDArray[np.float32]:
    """Class 1 where the square is magenta."""
    magenta = (images[:, 4:12, 20:28, 1].mean(axis=(1, 2)) < 30).astype(np.float32)
    return np.stack([0.5 * (1 - magenta), magenta, 0.4 * (1 - magenta)], axis=1)


def ignores_square(images: Images) -> npt.NDArray[np.float32]:
    """Looks at one pixel far away, whose value the class does not show."""
    return np.eye(CLASSES, dtype=np.float32)[images[:, 30, 2, 0] % CLASSES]


def evidence(images: Images) -> Evidence:
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(CLASSES), PER_CLASS)
    maps = rng.random((len(images), 8, 8)).astype(np.float32)
    maps[labels == LABEL, 1:3, 5:7] += 8
    cues = np.stack([picture_cues(image) for image in images])
    return Evidence(maps, rng.random((len(images), 4)).astype(np.float32), cues, labels, labels)


def test_a_square_that_the_model_looks_at_is_found_at_its_place_and_confirmed(images: Images) -> None:
    known = evidence(images)
    first = suspicions(known, seed=0)[0]
    assert (first.kind, first.label, first.share) == ("place", LABEL, 1)
    assert first.place is not None
    assert (first.place.top, first.place.left, first.place.bottom, first.place.right) == (0.125, 0.625, 0.375, 0.875)
    found = confirm(first, known, lambda indices: images[list(indices)], looks_at_square, seed=0)
    assert found.confirmed
    assert (found.pasted.share, found.removed.share) == (1, 1)
    assert (found.pasted_random.share, found.removed_random.share) == (0, 0)


def test_a_square_that_the_model_ignores_is_not_confirmed(images: Images) -> None:
    known = evidence(images)
    found = confirm(suspicions(known, seed=0)[0], known, lambda indices: images[list(indices)], ignores_square, seed=0)
    assert not found.confirmed


def test_every_cue_has_a_name(images: Images) -> None:
    assert picture_cues(images[0]).shape == (len(CUES),)


def test_pictures_can_be_left_out(images: Images) -> None:
    assert suspicions(evidence(images), pictures=None, seed=0)
