from __future__ import annotations

import numpy as np
import pytest

from ml.attribution.baselines import BASELINES, baselines, baselines_of, require_baseline
from ml.errors import UnknownName

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


def test_random_baselines_are_uniform_noise_drawn_from_the_seed_alone() -> None:
    made = baselines_of("random:20", IMAGES[0], seed=7)
    assert made.shape == (20, *IMAGES[0].shape)
    assert made.mean() == pytest.approx(127.5, rel=0.02)
    assert made.std() == pytest.approx(255 / 12**0.5, rel=0.02)
    np.testing.assert_array_equal(baselines_of("random:20", IMAGES[1], seed=7), made)
    assert (baselines_of("random:20", IMAGES[0], seed=8) != made).any()


@pytest.mark.parametrize("name", BASELINES)
def test_a_named_baseline_is_one_image(name: str) -> None:
    np.testing.assert_array_equal(baselines_of(name, IMAGES[0], seed=0), baselines(name, IMAGES)[:1])


@pytest.mark.parametrize("name", ["grey", "random", "random:", "random:0", "random:-1", "random:1000000", "random:²"])
def test_a_name_that_means_nothing_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownName, match="black, white, mean, blur, and random:n"):
        require_baseline(name)
