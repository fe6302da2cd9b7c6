"""Test-time views: which there are, and what their mean says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from ml.evaluation.views import ZOOMS, mean_of_views, views_of

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (2, 12, 16, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("asked", "count"),
    [((), 0), (("flip",), 1), (("scales",), len(ZOOMS) - 1), (("flip", "scales"), 2 * len(ZOOMS) - 1)],
)
def test_the_picture_itself_is_no_further_view(asked: tuple[str, ...], count: int) -> None:
    views = list(views_of(IMAGES, asked))
    assert len(views) == count
    assert all(view.shape == IMAGES.shape and view.dtype == np.uint8 for view in views)


def test_flip_mirrors_left_and_right() -> None:
    (mirrored,) = views_of(IMAGES, ("flip",))
    assert np.array_equal(mirrored, IMAGES[:, :, ::-1])


def test_a_scale_enlarges_the_centre() -> None:
    image = np.zeros((1, 60, 60, 3), np.uint8)
    image[:, 20:40, 20:40] = 255  # a third of each side
    shares = [float((view[0, 30, :, 0] > 127).mean()) for view in views_of(image, ("scales",))]
    assert shares == pytest.approx([zoom / 3 for zoom in ZOOMS[1:]], abs=1 / 60)


def test_the_mean_is_of_probabilities() -> None:
    one, other = RANDOM.normal(size=(2, 3, 5)) * 4
    found = np.exp(mean_of_views([one, other]))
    assert found == pytest.approx((softmax(one, axis=1) + softmax(other, axis=1)) / 2)
    assert found.sum(axis=1) == pytest.approx(1)


def test_a_view_without_numbers_leaves_none() -> None:
    broken = np.array([[np.nan, 1.0], [2.0, 1.0]])
    assert np.isfinite(mean_of_views([np.zeros((2, 2)), broken])).all(axis=1).tolist() == [False, True]
