from __future__ import annotations

import numpy as np
import pytest

from bench.audit.plants import PLANTS
from bench.audit.trial import overlap
from ml.audit.shortcuts.suspicion import Place

IMAGE = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
PLACED = {"square", "moving square", "moving sticker", "watermark"}


@pytest.mark.parametrize("name", PLANTS)
def test_the_same_seed_plants_the_same(name: str) -> None:
    first, second = (PLANTS[name](np.random.default_rng(7)) for _ in range(2))
    for _ in range(2):
        one, other = first(IMAGE), second(IMAGE)
        assert (one.image == other.image).all()
        assert one.place == other.place
        assert (one.image != IMAGE).any()
    assert (one.place is not None) == (name in PLACED)


@pytest.mark.parametrize("name", sorted(PLACED))
def test_a_mark_changes_nothing_outside_its_place(name: str) -> None:
    planted = PLANTS[name](np.random.default_rng(3))(IMAGE)
    assert planted.place is not None
    rows, columns = np.nonzero((planted.image != IMAGE).any(axis=2))
    assert rows.min() >= round(planted.place.top * 48)
    assert rows.max() < round(planted.place.bottom * 48)
    assert columns.min() >= round(planted.place.left * 48)
    assert columns.max() < round(planted.place.right * 48)


@pytest.mark.parametrize(
    ("other", "share"),
    [(Place(0, 0, 0.5, 0.5), 1), (Place(0, 0.25, 0.5, 0.75), 1 / 3), (Place(0.5, 0.5, 1, 1), 0)],
    ids=["equal", "half", "apart"],
)
def test_the_overlap_is_intersection_over_union(other: Place, share: float) -> None:
    assert overlap(Place(0, 0, 0.5, 0.5), other) == pytest.approx(share)
