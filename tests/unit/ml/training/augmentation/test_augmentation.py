from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.training.augmentation.colour import RandomColour
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import NOTHING
from ml.training.augmentation.warp import RandomWarp
from ml.training.randomness import seed_of

SIZE = 32


@pytest.fixture(scope="module")
def images() -> Any:
    rng = np.random.default_rng(0)
    coarse = rng.uniform(60, 200, (64, 4, 4, 3)).astype(np.float32)
    return tf.image.resize(coarse, (SIZE, SIZE))


def varied(images: Any, *, seed: int = 0, size: int = SIZE, **strengths: Any) -> Any:
    layer = tf.function(RandomAugmentation(replace(NOTHING, **strengths), size), autograph=False)
    return np.asarray(layer(images, tf.constant(seed_of(seed))))


def test_strengths_of_zero_are_the_identity(images: Any) -> None:
    np.testing.assert_array_equal(varied(images), images)


@pytest.mark.parametrize("strength", ["rotation_degrees", "zoom", "translation", "resized_crop", "hue", "contrast"])
def test_each_strength_changes_images_and_keeps_shape_and_range(images: Any, strength: str) -> None:
    strengths: dict[str, Any] = {strength: 0.4}
    changed = varied(images, **strengths)
    assert changed.shape == (64, SIZE, SIZE, 3)
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert np.abs(changed - images).mean() > 0.1


def test_the_full_warp_of_no_movement_is_the_identity(images: Any) -> None:
    layer = RandomWarp(replace(NOTHING, rotation_degrees=1e-9), SIZE)
    np.testing.assert_allclose(layer(images, seed_of(1)), images, atol=1e-3)


def test_a_flip_is_the_mirror_image(images: Any) -> None:
    np.testing.assert_allclose(varied(images, flip=1.0), np.asarray(images)[:, :, ::-1], atol=1e-3)


def test_half_of_the_images_are_flipped_at_probability_one_half(images: Any) -> None:
    kept = np.abs(varied(images, flip=0.5) - images).max(axis=(1, 2, 3)) < 1e-3
    assert 16 < kept.sum() < 48


def test_a_rotation_turns_about_the_centre(images: Any) -> None:
    turned = varied(images, rotation_degrees=180.0)
    middle = slice(SIZE // 2 - 1, SIZE // 2 + 1)
    np.testing.assert_allclose(
        turned[:, middle, middle].mean(axis=(1, 2)), np.asarray(images)[:, middle, middle].mean(axis=(1, 2)), atol=2
    )


def test_a_translation_moves_no_further_than_it_may() -> None:
    columns = np.broadcast_to(np.arange(SIZE, dtype=np.float32)[None, None, :, None], (64, SIZE, SIZE, 3))
    moved = varied(tf.constant(columns), translation=0.25)[:, 0, SIZE // 2, 0] - SIZE // 2
    assert np.abs(moved).max() <= 0.25 * SIZE + 1e-3
    assert moved.min() < -4
    assert moved.max() > 4


def test_a_crop_shows_part_of_the_image_at_full_size() -> None:
    columns = np.broadcast_to(np.arange(SIZE, dtype=np.float32)[None, None, :, None], (64, SIZE, SIZE, 3))
    cropped = varied(tf.constant(columns), resized_crop=0.75)
    seen = cropped[:, 0, -1, 0] - cropped[:, 0, 0, 0]
    assert seen.min() >= (SIZE - 1) * 0.5 / np.sqrt(4 / 3) - 1
    assert seen.max() <= SIZE
    assert seen.std() > 1


def test_a_smaller_size_shows_the_same_picture(images: Any) -> None:
    smaller = varied(images, size=SIZE // 2)
    assert smaller.shape == (64, SIZE // 2, SIZE // 2, 3)
    np.testing.assert_allclose(smaller.mean(axis=(1, 2)), np.asarray(images).mean(axis=(1, 2)), atol=0.5)


def test_brightness_moves_the_mean_by_its_share_of_white(images: Any) -> None:
    change = varied(images, brightness=0.2).mean(axis=(1, 2, 3)) - np.asarray(images).mean(axis=(1, 2, 3))
    assert np.abs(change).max() <= 0.2 * 255 + 1e-3
    assert change.max() > 0.15 * 255
    assert change.min() < -0.15 * 255


def test_contrast_keeps_the_mean_and_scales_the_deviation(images: Any) -> None:
    changed = varied(images, contrast=0.2)
    luma = np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(
        (changed @ luma).mean(axis=(1, 2)), (np.asarray(images) @ luma).mean(axis=(1, 2)), atol=0.1
    )
    ratio = changed.std(axis=(1, 2)).mean(axis=1) / np.asarray(images).std(axis=(1, 2)).mean(axis=1)
    assert 0.79 < ratio.min() < 0.9
    assert 1.1 < ratio.max() < 1.21


@pytest.mark.parametrize("strength", ["saturation", "hue"])
def test_colour_changes_leave_grey_alone(strength: str) -> None:
    grey = tf.fill((8, 4, 4, 3), 128.0)
    strengths: dict[str, Any] = {strength: 0.5}
    layer = RandomColour(replace(NOTHING, **strengths))
    np.testing.assert_allclose(layer(grey, seed_of(0)), grey, atol=0.1)


def test_the_seed_alone_decides_the_draws(images: Any) -> None:
    everything: dict[str, Any] = {
        "flip": 0.5,
        "rotation_degrees": 20.0,
        "resized_crop": 0.5,
        "brightness": 0.2,
        "hue": 0.1,
    }
    np.testing.assert_array_equal(varied(images, seed=3, **everything), varied(images, seed=3, **everything))
    assert np.abs(varied(images, seed=3, **everything) - varied(images, seed=4, **everything)).mean() > 1


def test_a_policy_beside_strengths_changes_none_of_their_draws(images: Any) -> None:
    """So that a training without a policy is what it was before there were policies."""
    flipped = varied(images, flip=0.5)
    both = varied(images, flip=0.5, policy="trivial", policy_strength=1e-6)
    kept = np.abs(both - flipped).mean(axis=(1, 2, 3)) < 2
    assert kept.mean() > 0.6, "most operations do nothing at this strength"
