from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.paired_mean import PairedMean, paired_mean


def test_only_images_that_have_both_numbers_count() -> None:
    found = paired_mean(np.array([1.0, 2.0, np.nan, 4.0]), np.array([2.0, 4.0, 9.0, np.inf]))
    assert found is not None
    assert (found.images, found.first, found.second, found.difference) == (2, 1.5, 3.0, 1.5)


def test_what_an_image_adds_to_both_numbers_cancels() -> None:
    random = np.random.default_rng(0)
    of_image = random.normal(0, 100, 200)
    found = paired_mean(of_image, of_image + 1.0)
    assert found is not None
    assert found.interval_95 == pytest.approx((1.0, 1.0))


def test_the_interval_covers_the_true_difference_about_95_times_in_100() -> None:
    random = np.random.default_rng(1)
    drawn = [random.normal(0.2, 1, (2, 60)) for _ in range(200)]
    found = [paired_mean(first, second + 0.3, seed=seed) for seed, (first, second) in enumerate(drawn)]
    covered = sum(each is not None and each.interval_95[0] <= 0.3 <= each.interval_95[1] for each in found)  # type: ignore[index]
    assert 180 <= covered <= 198


def test_a_single_image_has_no_interval_and_none_no_mean() -> None:
    assert paired_mean(np.array([1.0]), np.array([3.0])) == PairedMean(1.0, 3.0, 2.0, None, 1)
    assert paired_mean(np.array([np.nan]), np.array([3.0])) is None
