from __future__ import annotations

import numpy as np
import pytest

from ml.baselines import BASELINES, baselines

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 20, 20, 3)).astype(np.float32)


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_is_a_raw_image_of_the_same_shape(name: str) -> None:
    made = baselines(name, IMAGES)
    assert made.shape == IMAGES.shape
    assert made.dtype == np.float32
    assert 0 <= made.min() <= made.max() <= 255


def test_black_and_white_are_named_before_any_preprocessing() -> None:
    assert baselines("black", IMAGES).max() == 0
    assert baselines("white", IMAGES).min() == 255


def test_mean_is_each_images_own_colour() -> None:
    np.testing.assert_allclose(baselines("mean", IMAGES)[1, 0, 0], IMAGES[1].mean(axis=(0, 1)), rtol=1e-5)


def test_blur_keeps_the_mean_and_loses_the_detail() -> None:
    made = baselines("blur", IMAGES)
    assert made.std() < IMAGES.std() / 4
    assert made.mean() == pytest.approx(IMAGES.mean(), rel=0.05)
