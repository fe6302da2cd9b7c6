from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from ml.evaluation.cam_shift import map_shift, object_mask
from ml.evaluation.corruptions.homography import enlarged, turned, unwarp

PICTURE = (224, 224)


def blob(row: float, column: float, side: int = 14) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    y, x = np.mgrid[0:side, 0:side]
    return np.asarray(np.exp(-((y - row) ** 2 + (x - column) ** 2) / 12), np.float32)


def test_a_map_that_did_not_change_has_not_moved() -> None:
    shift = map_shift(blob(4, 6)[None], blob(4, 6)[None], [None], picture=PICTURE)
    assert shift.correlations[0] == pytest.approx(1)
    assert shift.distances[0] == pytest.approx(0, abs=1e-6)


def test_the_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random((5, 7, 7), np.float32), rng.random((5, 7, 7), np.float32)
    found = map_shift(one, other, [None] * 5, picture=PICTURE).correlations
    assert found == pytest.approx([spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(one, other, strict=True)])


def test_the_centre_moves_by_the_share_of_the_side_that_the_blob_does() -> None:
    shift = map_shift(blob(6, 4)[None], blob(6, 7)[None], [None], picture=PICTURE)
    assert shift.distances[0] == pytest.approx(3 / 14, abs=0.02)


@pytest.mark.parametrize("view", [turned(20), enlarged(1.3), enlarged(1 / 1.3)])
def test_a_map_that_moves_with_its_image_has_not_moved(view: np.ndarray[tuple[int, ...], np.dtype]) -> None:
    clean = blob(6, 8)
    following = np.nan_to_num(unwarp(clean, np.linalg.inv(view), picture=PICTURE))
    with_view = map_shift(clean[None], following[None], [view], picture=PICTURE)
    without = map_shift(clean[None], following[None], [None], picture=PICTURE)
    assert with_view.correlations[0] > 0.97
    assert with_view.distances[0] < 0.02
    assert with_view.correlations[0] > without.correlations[0]


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_map_that_says_nothing_cannot_be_compared(value: float) -> None:
    empty = np.full((1, 7, 7), value, np.float32)
    for clean, corrupted in ((blob(3, 3, 7)[None], empty), (empty, blob(3, 3, 7)[None])):
        shift = map_shift(clean, corrupted, [None], picture=PICTURE)
        assert np.isnan(shift.correlations).all()
        assert np.isnan(shift.distances).all()


def test_the_object_is_where_the_map_is_strong() -> None:
    mask = object_mask(blob(3, 3, 7) ** 3, 70)
    assert mask is not None
    assert mask[35, 35]
    assert not mask[0, 0]
    assert object_mask(np.zeros((7, 7), np.float32), 70) is None
