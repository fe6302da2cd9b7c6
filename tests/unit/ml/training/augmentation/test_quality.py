"""What cameras and files lose, what lies in the shade, and what is erased."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.training.augmentation import quality
from ml.training.augmentation.erasing import RandomErasing
from ml.training.augmentation.quality import RandomQuality
from ml.training.augmentation.shadow import RandomShadow
from ml.training.augmentation.strengths import NOTHING
from ml.training.randomness import seed_of

SIZE, IMAGES = 31, 40
STRENGTHS = {"gaussian_blur": 0.05, "motion_blur": 0.15, "noise": 0.2, "jpeg": 0.9, "resolution": 0.8}


@pytest.fixture(scope="module")
def images() -> Any:
    return tf.constant(np.random.default_rng(0).integers(50, 206, (IMAGES, SIZE, SIZE, 3)), tf.float32)


def changed(images: Any, *, seed: int = 0, **strengths: Any) -> Any:
    compiled = tf.function(RandomQuality(replace(NOTHING, **strengths)), autograph=False)
    return np.asarray(compiled(images, tf.constant(seed_of(seed))))


def point() -> Any:
    """A white point in the middle of black."""
    return tf.constant(np.pad(np.full((1, 1, 3), 255.0, np.float32), ((15, 15), (15, 15), (0, 0))))


def test_nothing_is_lost_at_strength_0(images: Any) -> None:
    np.testing.assert_array_equal(changed(images), images)


@pytest.mark.parametrize("way", STRENGTHS)
def test_each_way_changes_images_and_keeps_shape_and_range(images: Any, way: str) -> None:
    strengths: dict[str, Any] = {way: STRENGTHS[way]}
    found = changed(images, **strengths)
    assert found.shape == images.shape
    assert found.min() >= 0
    assert found.max() <= 255
    assert (np.abs(found - images).mean(axis=(1, 2, 3)) > 0.5).mean() > 0.5


@pytest.mark.parametrize("way", STRENGTHS)
def test_the_seed_alone_decides_what_is_lost(images: Any, way: str) -> None:
    strengths: dict[str, Any] = {way: STRENGTHS[way]}
    one, same, other = (changed(images, seed=seed, **strengths) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.1


def test_some_images_stay_as_they_are_and_the_others_lose_what_they_would(images: Any) -> None:
    every, half = (changed(images, noise=0.2, quality_probability=share) for share in (1.0, 0.5))
    unspoilt = (half == np.asarray(images)).all(axis=(1, 2, 3))
    assert 0.25 < unspoilt.mean() < 0.75
    np.testing.assert_array_equal(half[~unspoilt], every[~unspoilt])
    assert not (every == np.asarray(images)).all(axis=(1, 2, 3)).any()
    np.testing.assert_array_equal(changed(images, noise=0.2, quality_probability=0.0), images)


def test_a_probability_alone_changes_nothing() -> None:
    assert replace(NOTHING, quality_probability=0.5).is_identity
    assert not replace(NOTHING, quality_probability=0.5, jpeg=0.5).is_identity


def test_each_image_loses_quality_in_one_way_of_those_that_are_on(images: Any) -> None:
    both = changed(images, noise=1.0, resolution=0.9)
    rough = np.abs(np.diff(both, axis=1)).mean(axis=(1, 2, 3))
    before = np.abs(np.diff(np.asarray(images), axis=1)).mean()
    assert 0.25 < (rough > before).mean() < 0.75, "noise makes images rougher, a lost resolution smoother"


def test_a_gaussian_blur_keeps_the_light_and_has_the_deviation_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.random, "stateless_uniform", lambda *_: tf.constant(2.0))
    spread = np.asarray(quality.gaussian_blur(point(), None, most=0.1))[..., 0]
    place = np.arange(31) - 15
    assert spread.sum() == pytest.approx(255, rel=1e-4)
    assert math.sqrt((spread.sum(axis=0) * place**2).sum() / spread.sum()) == pytest.approx(2.0, rel=0.03)


def test_a_motion_blur_spreads_light_along_one_line_of_the_length_that_was_drawn() -> None:
    for seed in range(20):
        spread = np.asarray(quality.motion_blur(point(), seed_of(seed), most=0.6))[..., 0]
        assert spread.sum() == pytest.approx(255, rel=1e-4)
        y, x = np.nonzero(spread > 0)
        spans = np.linalg.eigvalsh(np.cov(np.stack([x, y]), aweights=spread[y, x]) if len(x) > 1 else np.zeros((2, 2)))
        assert spans[0] < 0.5, "a line has no width"
        assert math.sqrt(12 * spans[1]) < 0.6 * 31 + 1.5, "of a path, the variance is its length squared over twelve"


def test_noise_has_no_more_than_its_deviation() -> None:
    grey = tf.fill((IMAGES, SIZE, SIZE, 3), 128.0)
    deviations = changed(grey, noise=0.1).std(axis=(1, 2, 3))
    assert deviations.max() < 0.1 * 255 * 1.05
    assert deviations.max() > 0.08 * 255
    assert deviations.min() < 0.02 * 255


def test_more_compression_loses_more(images: Any) -> None:
    smooth = tf.image.resize(images[:, :4, :4], (SIZE, SIZE))
    little, much = (np.abs(changed(smooth, jpeg=lost) - smooth).mean() for lost in (0.05, 0.95))
    assert much > 2 * little


def test_a_shadow_darkens_one_side_of_a_line_and_leaves_the_other() -> None:
    white = tf.fill((IMAGES, SIZE, SIZE, 3), 200.0)
    shaded = np.asarray(RandomShadow(0.6)(white, tf.constant(seed_of(0))))[..., 0]
    lost = 1 - shaded.min(axis=(1, 2)) / 200
    assert lost.max() <= 0.6 + 1e-6
    assert lost.max() > 0.4
    assert ((shaded.max(axis=(1, 2)) == 200) & (lost > 0.05)).mean() > 0.5
    np.testing.assert_array_equal(RandomShadow(0.0)(white, seed_of(0)), white)


def test_a_rectangle_of_the_papers_sizes_is_erased_with_its_probability(images: Any) -> None:
    erased = np.asarray(RandomErasing(0.5)(images, tf.constant(seed_of(0)))) != np.asarray(images)
    places = erased.any(axis=3)
    shares = places.mean(axis=(1, 2))
    assert 0.3 < (shares > 0).mean() < 0.7
    assert shares.max() <= 0.4 + 2 / SIZE
    for place in places[shares > 0]:
        rows, columns = place.any(axis=1).sum(), place.any(axis=0).sum()
        assert place.sum() > 0.9 * rows * columns, "it is filled, up to values that noise happens to meet"
        assert 0.3 / 1.6 < rows / columns < 1.6 / 0.3
