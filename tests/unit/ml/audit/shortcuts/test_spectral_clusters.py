from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.spectral_clusters import spectral_clusters


@pytest.mark.parametrize("number", [2, 3, 5])
def test_groups_that_lie_apart_are_found_and_counted(number: int) -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(number), 20)
    vectors = 10 * np.eye(8)[group] + rng.normal(0, 0.5, (len(group), 8))
    clusters = spectral_clusters(vectors, seed=0)
    assert len(set(zip(group.tolist(), clusters.tolist(), strict=True))) == number
    assert len(set(clusters.tolist())) == number


def test_one_group_is_one_cluster() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 8))
    assert not spectral_clusters(vectors, seed=0).any()


@pytest.mark.parametrize(
    "vectors",
    [np.ones((40, 3)), np.zeros((40, 3)), np.eye(3), np.full((40, 3), np.nan)],
    ids=["equal", "zero", "few", "NaN"],
)
def test_where_there_is_nothing_to_tell_apart_all_is_one_cluster(vectors: np.ndarray) -> None:
    assert not spectral_clusters(vectors, seed=0).any()


@pytest.mark.parametrize("count", [11, 12, 13, 14])
def test_as_few_vectors_as_there_may_be_clusters_have_each_a_cluster(count: int) -> None:
    vectors = np.random.default_rng(1).normal(size=(count, 4))
    assert spectral_clusters(vectors, seed=0).shape == (count,)


def test_the_same_seed_gives_the_same_clusters() -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 4)) + 6 * np.eye(4)[np.arange(60) % 3]
    assert (spectral_clusters(vectors, seed=3) == spectral_clusters(vectors, seed=3)).all()
