"""Label errors that were put there, and what is done where labels cannot be judged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.audit.data.held_out_probabilities import held_out_probabilities
from ml.audit.data.label_errors import label_errors
from ml.errors import MlError

Floats = NDArray[np.float64]


def sure(labels: NDArray[np.int64], *, classes: int = 3, share: float = 0.9) -> Floats:
    """Probabilities of a model that is as sure of every image."""
    probabilities = np.full((len(labels), classes), (1 - share) / (classes - 1))
    probabilities[np.arange(len(labels)), labels] = share
    return probabilities


def test_a_label_that_the_model_confidently_denies_is_flagged_with_what_it_likely_is() -> None:
    true = np.repeat([0, 1, 2], 10)
    labels = true.copy()
    labels[[4, 17]] = [2, 0]
    found = label_errors(sure(true), labels)
    assert sorted(zip(found.indices, found.given, found.likely, strict=True)) == [(4, 2, 0), (17, 0, 1)]
    assert found.quality[[4, 17]] == pytest.approx(0.05)
    assert found.quality[0] == pytest.approx(0.9)
    assert (found.images, found.left_out) == (30, ())


def test_the_likeliest_error_comes_first() -> None:
    true = np.repeat([0, 1], 10)
    labels = true.copy()
    labels[[2, 3]] = 1
    probabilities = sure(true, classes=2)
    probabilities[3] = [0.99, 0.01]
    assert label_errors(probabilities, labels).indices.tolist() == [3, 2]


def test_right_labels_are_not_flagged() -> None:
    labels = np.repeat([0, 1, 2], 10)
    assert len(label_errors(sure(labels), labels).indices) == 0


def test_images_without_a_label_or_a_prediction_are_left_out_in_words() -> None:
    true = np.repeat([0, 1], 5)
    labels = true.copy()
    labels[0] = -1
    probabilities = sure(true, classes=2)
    probabilities[9] = np.nan
    found = label_errors(probabilities, labels)
    assert found.left_out == ("2 of 10 labels were not judged: no label or no prediction.",)
    assert found.images == 8
    assert np.flatnonzero(np.isnan(found.quality)).tolist() == [0, 9]


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (None, "no image has one"),
        (np.zeros(4, np.int64), "two classes"),
        (np.full(4, 2), "two classes"),
        (np.full(4, -1), "two classes"),
    ],
)
def test_without_labels_of_two_classes_nothing_is_judged(labels: NDArray[np.int64] | None, why: str) -> None:
    found = label_errors(np.full((4, 3), 1 / 3), labels)
    assert len(found.indices) == 0
    assert why in found.left_out[-1]


def test_no_image_is_no_error() -> None:
    assert label_errors(np.zeros((0, 3)), np.zeros(0, np.int64)).images == 0


def test_one_image_per_class_is_judged_by_the_model_alone() -> None:
    found = label_errors(np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([0, 1]))
    assert (len(found.indices), found.images) == (0, 2)


@pytest.mark.parametrize(
    ("shape", "labels"), [((3, 2), np.array([0, 1])), ((2, 2), np.array([0, 2])), ((2,), np.array([0, 1]))]
)
def test_arrays_that_do_not_fit_are_refused(shape: tuple[int, ...], labels: NDArray[np.int64]) -> None:
    with pytest.raises(MlError, match="pass"):
        label_errors(np.zeros(shape), labels)


def clusters(seed: int, *, of_each: int = 20, classes: int = 3, noise: float = 0.5) -> tuple[Floats, NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), of_each)
    return np.eye(classes, 12)[labels] * 4 + random.normal(0, noise, (len(labels), 12)), labels


def test_flipped_labels_of_a_training_split_are_found_by_a_head_that_did_not_see_them() -> None:
    features, true = clusters(1)
    labels = true.copy()
    labels[[3, 25, 50]] = [1, 2, 0]
    probabilities = held_out_probabilities(features, labels, classes=3, seed=0)
    assert probabilities.values.sum(axis=1) == pytest.approx(1)
    assert sorted(label_errors(probabilities.values, labels).indices) == [3, 25, 50]


def test_the_same_seed_divides_in_the_same_way() -> None:
    features, labels = clusters(2)
    first, second = (held_out_probabilities(features, labels, classes=3, seed=5).values for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_head_does_not_see_the_image_that_it_predicts() -> None:
    """Features without any information give chance; a head that had seen the images would know them."""
    random = np.random.default_rng(4)
    labels = np.repeat([0, 1], 40)
    probabilities = held_out_probabilities(random.normal(size=(80, 60)), labels, classes=2, seed=0).values
    assert 0.3 < (probabilities.argmax(axis=1) == labels).mean() < 0.7


def test_an_image_alone_in_its_class_cannot_be_predicted() -> None:
    features, labels = clusters(3)
    labels[0], labels[1] = 7, -1
    features[2] = np.nan
    found = held_out_probabilities(features, labels, classes=8, seed=0)
    assert np.flatnonzero(np.isnan(found.values).any(axis=1)).tolist() == [0, 1, 2]
    assert found.left_out == ("3 of 60 images were not predicted: no label, no features, or alone in their class.",)


def test_two_images_per_class_are_enough() -> None:
    features, labels = clusters(5, of_each=2, noise=0.05)
    values = held_out_probabilities(features, labels, classes=3, seed=0).values
    assert (values.argmax(axis=1) == labels).all()


@pytest.mark.parametrize("labels", [np.zeros(6, np.int64), np.arange(6), np.zeros(0, np.int64)])
def test_without_two_classes_of_two_images_there_is_no_head(labels: NDArray[np.int64]) -> None:
    found = held_out_probabilities(np.ones((len(labels), 4)), labels, classes=6, seed=0)
    assert np.isnan(found.values).all()
    assert "No head was trained" in found.left_out[-1]


def test_an_image_whose_companions_have_no_features_cannot_be_predicted() -> None:
    features, labels = clusters(3)
    labels[:2] = 7
    features[1] = np.nan
    found = held_out_probabilities(features, labels, classes=8, seed=0)
    assert np.flatnonzero(np.isnan(found.values).any(axis=1)).tolist() == [0, 1]
    assert found.left_out == ("2 of 60 images were not predicted: no label, no features, or alone in their class.",)


def test_where_only_one_class_has_features_there_is_no_head() -> None:
    features, labels = np.ones((5, 4)), np.array([0, 0, 0, 1, 1])
    features[4] = np.nan
    assert "No head was trained" in held_out_probabilities(features, labels, classes=2, seed=0).left_out[-1]
