"""The policies draw what their papers say, for each image by itself, from its seed alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.training.augmentation import policy as policies
from ml.training.augmentation.operations import OPERATIONS
from ml.training.augmentation.policy import RandomPolicy
from ml.training.augmentation.strengths import Policy
from ml.training.randomness import seed_of

NAMES: tuple[Policy, ...] = ("trivial", "rand", "augmix")
SIZE, IMAGES = 16, 40


@pytest.fixture(scope="module")
def images() -> Any:
    coarse = np.random.default_rng(0).uniform(60, 200, (IMAGES, 4, 4, 3)).astype(np.float32)
    return tf.round(tf.image.resize(coarse, (SIZE, SIZE)))


def changed(images: Any, policy: Policy, *, seed: int = 0, strength: float | None = None) -> Any:
    return np.asarray(compiled(policy, strength)(images, tf.constant(seed_of(seed))))


@cache
def compiled(policy: Policy, strength: float | None) -> Any:
    return tf.function(RandomPolicy(policy, strength), autograph=False)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float, float]]:
    """Each operation that is drawn: its number, its level and its sign; images stay as they are."""
    seen: list[tuple[int, float, float]] = []

    def noted(number: int) -> Any:
        def operation(image: Any, level: Any, sign: Any, _: Any) -> Any:
            seen.append((number, float(level), float(sign)))
            return image

        return operation

    monkeypatch.setattr(policies, "_ALL", tuple(noted(number) for number in range(len(OPERATIONS))))
    monkeypatch.setattr(policies, "_AUGMIX", tuple(noted(number) for number in range(len(policies._AUGMIX))))
    return seen


def test_without_a_policy_images_stay_as_they_are(images: Any) -> None:
    np.testing.assert_array_equal(RandomPolicy("none")(images, seed_of(0)), images)


@pytest.mark.parametrize("policy", NAMES)
def test_each_policy_changes_most_images_and_keeps_shape_and_range(images: Any, policy: Policy) -> None:
    found = changed(images, policy)
    assert found.shape == images.shape
    assert found.min() >= 0
    assert found.max() <= 255
    assert (np.abs(found - images).mean(axis=(1, 2, 3)) > 0.1).mean() > 0.6


@pytest.mark.parametrize("policy", NAMES)
def test_the_seed_alone_decides_the_draws(images: Any, policy: Policy) -> None:
    np.testing.assert_array_equal(changed(images, policy, seed=3), changed(images, policy, seed=3))
    assert np.abs(changed(images, policy, seed=3) - changed(images, policy, seed=4)).mean() > 1


@pytest.mark.parametrize("policy", NAMES)
def test_each_image_has_operations_of_its_own(images: Any, policy: Policy) -> None:
    same = tf.repeat(images[:1], IMAGES, axis=0)
    found = changed(same, policy)
    assert len({one.tobytes() for one in found}) > IMAGES / 4


def test_trivial_takes_one_operation_at_any_of_31_levels(images: Any, drawn: list[tuple[int, float, float]]) -> None:
    for seed in range(8):
        RandomPolicy("trivial")(images, seed_of(seed))
    numbers, levels, signs = (np.array(column) for column in zip(*drawn, strict=True))
    assert len(drawn) == 8 * IMAGES, "one for each image"
    assert set(numbers) == set(range(14))
    assert {round(level * 30, 4) for level in levels.tolist()} == set(range(31))
    assert np.bincount(numbers.astype(int), minlength=14).min() > 8 * IMAGES / 14 / 3
    assert 0.4 < (signs > 0).mean() < 0.6


def test_rand_takes_two_operations_at_one_level(images: Any, drawn: list[tuple[int, float, float]]) -> None:
    RandomPolicy("rand", 0.5)(images, seed_of(0))
    assert len(drawn) == 2 * IMAGES
    assert {level for _, level, _ in drawn} == {0.5}
    assert len({number for number, _, _ in drawn}) == 14


def test_augmix_mixes_three_chains_of_one_to_three(images: Any, drawn: list[tuple[int, float, float]]) -> None:
    found = RandomPolicy("augmix")(images, seed_of(0))
    assert 3 * IMAGES < len(drawn) < 9 * IMAGES
    assert abs(len(drawn) / IMAGES - 6) < 1
    assert max(level for _, level, _ in drawn) <= 0.3
    np.testing.assert_allclose(found, images, atol=1e-3, err_msg="the weights of chains and image sum to one")


def test_augmix_leaves_out_what_robustness_is_tested_with() -> None:
    operations = dict(OPERATIONS)
    left_out = {name for name, operation in operations.items() if operation not in policies._AUGMIX}
    assert left_out == {"identity", "colour", "contrast", "brightness", "sharpness"}


def test_a_smaller_strength_changes_less(images: Any) -> None:
    def change(strength: float) -> float:
        return float(np.median(np.abs(changed(images, "trivial", strength=strength) - images).mean(axis=(1, 2, 3))))

    assert change(0.1) < change(1.0) / 2


def test_augmix_posterises_to_four_bits_and_fewer_as_its_authors_do() -> None:
    ramp = tf.reshape(tf.cast(tf.range(256), tf.float32), (16, 16, 1)) * tf.ones(3)
    for level, bits in ((0.01, 4), (0.24, 4), (0.26, 3), (0.3, 3)):
        seen = OPERATIONS["posterize"](ramp, tf.constant(level), tf.constant(1.0), policies.MIXED)
        assert len(np.unique(np.asarray(seen))) == 2**bits
