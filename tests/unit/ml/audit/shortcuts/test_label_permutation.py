from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ml.audit.shortcuts.label_permutation import PERMUTATIONS, standing, z_scores


def test_a_class_without_a_difference_is_significant_no_more_often_than_the_level_says() -> None:
    smallest = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = standing(rng.random((60, 10)), np.repeat(np.arange(3), 20), rng=rng, sided=2)
        smallest.append(found.p_values.min())
    values = np.asarray(smallest)
    assert (values <= 0.05).mean() <= 0.15  # 60 draws of a share of 0.05: more than 0.15 has a chance below 0.2 %
    assert 0.3 < np.median(values) < 0.7


def test_a_class_with_a_difference_stands_out_in_that_column_alone() -> None:
    rng = np.random.default_rng(1)
    values, labels = rng.random((60, 10)), np.repeat(np.arange(3), 20)
    values[labels == 2, 4] += 2
    found = standing(values, labels, rng=rng)
    assert found.p_values[2, 4] == pytest.approx(1 / 200)
    assert np.argwhere(found.p_values <= 0.05).tolist() == [[2, 4]]
    assert found.distances.argmax() == 2 * 10 + 4
    assert found.looks == 30


def test_the_statistic_is_welchs() -> None:
    rng = np.random.default_rng(2)
    values = rng.random((20, 1))
    member = (np.arange(20) < 8).astype(float)[:, None]
    inside, outside = values[:8, 0], values[8:, 0]
    welch = (inside.mean() - outside.mean()) / np.sqrt(inside.var() / 8 + outside.var() / 12)
    assert z_scores(values, member)[0, 0] == pytest.approx(welch)


def test_a_column_that_does_not_vary_scores_zero() -> None:
    member = (np.arange(20) < 8).astype(float)[:, None]
    assert z_scores(np.ones((20, 1)), member)[0, 0] == 0


@pytest.mark.parametrize("labels", [np.zeros(10, int), np.arange(10)], ids=["one class", "one image a class"])
def test_where_there_is_nothing_to_compare_nothing_is_looked_at(labels: np.ndarray) -> None:
    found = standing(np.random.default_rng(0).random((10, 4)), labels, rng=np.random.default_rng(0))
    assert found.looks == 0


def test_labels_are_permuted_and_the_largest_statistic_of_all_counts() -> None:
    values, labels = np.random.default_rng(3).random((40, 6)), np.array([*range(4)] * 9 + [7, 7, 8, 9])
    values[labels == 1, 2] += 0.2
    found = standing(values, labels, rng=np.random.default_rng(4), sided=2)
    member, rng = (labels[:, None] == np.arange(4)).astype(float), np.random.default_rng(4)
    largest = [np.abs(z_scores(values, rng.permutation(member))).max() for _ in range(PERMUTATIONS)]
    expected = [[(1 + sum(one >= abs(z) for one in largest)) / (1 + PERMUTATIONS) for z in row] for row in found.z]
    assert found.labels.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found.z, z_scores(values, member))
    np.testing.assert_allclose(found.p_values, expected)


def test_memory_does_not_grow_with_classes_times_images() -> None:
    rng = np.random.default_rng(5)
    values, labels = rng.random((10_000, 2)), np.repeat(np.arange(1_000), 10)
    tracemalloc.start()
    found = standing(values, labels, rng=rng)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.z.shape == (1_000, 2)
    assert peak < 20e6  # a number for each class and image would take 80 MB
