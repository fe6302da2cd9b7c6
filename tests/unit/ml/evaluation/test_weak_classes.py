from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact

from ml.evaluation.weak_classes import weak_classes


def outcomes(*classes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each image is right, and its label: of each class how many are right, of how many."""
    right = np.concatenate([np.arange(images) < correct for correct, images in classes])
    return right, np.repeat(np.arange(len(classes)), [images for _, images in classes])


def test_a_class_far_below_the_others_is_named() -> None:
    found = weak_classes(*outcomes((38, 40), (12, 40), (37, 40)))
    assert [(each.label, each.correct, each.images) for each in found.found] == [(1, 12, 40)]
    assert (found.tested, found.median_images) == (3, 40)


def test_its_p_value_is_that_of_fishers_exact_test_after_the_correction() -> None:
    found = weak_classes(*outcomes((38, 40), (12, 40), (37, 40))).found[0]
    expected = fisher_exact([[12, 28], [75, 5]], alternative="less").pvalue
    assert found.p_corrected == pytest.approx(3 * expected)


def test_chance_alone_names_a_class_in_at_most_one_of_twenty_sets() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(20), 30)
    named = sum(bool(weak_classes(random.random(600) < 0.8, labels).found) for _ in range(200))
    assert named <= 16


def test_a_small_class_is_not_named_for_a_few_mistakes() -> None:
    assert weak_classes(*outcomes((95, 100), (2, 3))).found == ()


def test_nothing_is_found_in_no_image() -> None:
    found = weak_classes(np.empty(0, np.bool_), np.empty(0, np.int64))
    assert (found.found, found.tested) == ((), 0)
