from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.training.augmentation.mixing import Mixing, mix
from ml.training.randomness import seed_of

COUNT, SIZE = 32, 16


def one_value_images() -> tuple[Any, Any]:
    """Image i holds the value i everywhere, and label i."""
    values = np.arange(COUNT, dtype=np.float32)[:, None, None, None]
    return tf.constant(np.broadcast_to(values, (COUNT, SIZE, SIZE, 3))), tf.range(COUNT)


def mixed(kind: Any, *, probability: float = 1.0, alpha: float = 1.0, seed: int = 0) -> tuple[Any, Any, Any]:
    images, labels = one_value_images()
    return tuple(np.asarray(part) for part in mix(images, labels, Mixing(kind, alpha, probability), seed=seed_of(seed)))  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["mixup", "cutmix", "both"])
@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_a_label_weighs_what_its_pixels_do(kind: str, alpha: float) -> None:
    images, partners, shares = mixed(kind, alpha=alpha)
    own, other = np.arange(COUNT), partners
    expected = shares * own + (1 - shares) * other
    np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), expected, atol=1e-4)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert shares.std() > 0.05


def test_no_mixing_is_the_identity() -> None:
    images, _ = one_value_images()
    same, _, shares = mixed("none")
    np.testing.assert_array_equal(same, images)
    assert (shares == 1).all()
    assert (mixed("both", probability=0.0)[0] == images.numpy()).all()


def test_cutmix_takes_each_pixel_from_one_of_the_two() -> None:
    images, partners, _ = mixed("cutmix")
    own = np.arange(COUNT)[:, None, None, None]
    assert ((images == own) | (images == partners[:, None, None, None])).all()


def test_mixup_blends_all_pixels_alike() -> None:
    images, _, _ = mixed("mixup")
    np.testing.assert_allclose(images.std(axis=(1, 2, 3)), 0, atol=1e-4)


def test_the_probability_says_how_many_images_are_mixed() -> None:
    shares = np.concatenate([mixed("mixup", probability=0.25, seed=seed)[2] for seed in range(20)])
    assert 0.15 < (shares < 1).mean() < 0.35


def test_both_takes_either() -> None:
    images, partners, _ = mixed("both", alpha=4.0)
    own = np.arange(COUNT)[:, None, None, None]
    pasted = ((images == own) | (images == partners[:, None, None, None])).all(axis=(1, 2, 3))
    assert 0 < pasted.sum() < COUNT


def test_shares_of_a_tiny_alpha_are_numbers() -> None:
    assert np.isfinite(mixed("mixup", alpha=0.001)[2]).all()
