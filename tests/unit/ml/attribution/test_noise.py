from __future__ import annotations

import numpy as np
import pytest

from ml.attribution.noise import noisy_copies, seed_of

IMAGE = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)


def test_without_samples_there_is_the_image_alone() -> None:
    np.testing.assert_array_equal(noisy_copies(IMAGE, samples=0, stddev=0.1), IMAGE[None].astype(np.float32))


def test_noise_has_the_spread_asked_for_and_no_shift() -> None:
    noise = noisy_copies(IMAGE, samples=50, stddev=0.2) - IMAGE
    assert noise.std() == pytest.approx(0.2 * 255, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=1)


def test_copies_differ_from_each_other_but_not_from_run_to_run() -> None:
    first, second = noisy_copies(IMAGE, samples=2, stddev=0.1)
    assert (first != second).any()
    np.testing.assert_array_equal(noisy_copies(IMAGE, samples=2, stddev=0.1), [first, second])


def test_more_samples_keep_those_that_were_there() -> None:
    np.testing.assert_array_equal(
        noisy_copies(IMAGE, samples=5, stddev=0.1)[:2], noisy_copies(IMAGE, samples=2, stddev=0.1)
    )


def test_the_seed_is_that_of_the_pixels() -> None:
    other = IMAGE.copy()
    other[0, 0, 0] ^= 1
    assert seed_of(IMAGE) == seed_of(IMAGE.copy()) != seed_of(other)
