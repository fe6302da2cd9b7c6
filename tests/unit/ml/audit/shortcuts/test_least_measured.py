"""How much pasting has to do, of a model that recognises each class and follows a square in some images besides."""

from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.confirmation import MOST_OTHERS, confirm
from ml.audit.shortcuts.effect import LEAST_MEASURED
from ml.audit.shortcuts.suspicion import Evidence, Place, Suspicion
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
)

SQUARE = Suspicion(
    "mark", LABEL, 1, 9, 0.01, 1, tuple(np.flatnonzero(MEMBER).tolist()), Place(0.125, 0.625, 0.375, 0.875), ""
)


def follows_square(images: Images) -> Floats:
    """Turns to the class of the square only where a pixel beside it is dark."""
    sees = (images[:, 4:12, 20:28, 1].mean(axis=(1, 2)) < 30) & (images[:, 24, 4, 1] == 0)
    return np.eye(CLASSES, dtype=np.float32)[np.where(sees, LABEL, images[:, 16, 16, 0])]


def following(share: float, *, times: int = 1) -> tuple[Evidence, Images]:
    """Images of which this share of the other classes follows the square, repeated so many times."""
    images = noise()
    images[MEMBER, 4:12, 20:28] = MAGENTA
    others = np.flatnonzero(~MEMBER)
    images[others[: round(share * len(others))], 24, 4, 1] = 0
    known = evidence(images)
    rows = np.tile(np.arange(len(images)), times)
    assert known.maps is not None
    return (
        Evidence(
            known.maps[rows], known.features[rows], known.cues[rows], known.predicted[rows], known.predicted[rows]
        ),
        images[rows],
    )


@pytest.mark.parametrize(("followers", "confirmed"), [(8, True), (7, False), (0, False)])
def test_a_shortcut_turns_at_least_fifteen_percent(followers: int, confirmed: bool) -> None:
    known, images = following(followers / 48)
    found = confirm(SQUARE, known, given(images), follows_square, seed=0)
    assert (followers / 48 >= LEAST_MEASURED) == confirmed
    assert found.confirmed is confirmed
    assert found.removed.changed == 0


def test_a_small_effect_is_told_from_chance_on_more_images_though_many_suspicions_are_tried() -> None:
    few, many = (
        confirm(SQUARE, known, given(images), follows_square, seed=0, suspicions=24)
        for known, images in (following(8 / 48), following(8 / 48, times=8))
    )
    assert not few.confirmed
    assert many.confirmed
    assert many.pasted.of == MOST_OTHERS
