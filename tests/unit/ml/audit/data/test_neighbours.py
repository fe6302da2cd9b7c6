"""Nearest training images, maps of similarity, outliers and leaks, with distances that are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.audit.data import cosine
from ml.audit.data.cosine import nearest, unit_rows
from ml.audit.data.feature_outliers import feature_outliers
from ml.audit.data.leaks import leak_effect
from ml.audit.data.near_duplicates import DuplicatePair
from ml.audit.data.neighbours import ByExample, TrainingImages, nearest_training_images, similarity_map
from ml.errors import MlError

Floats = NDArray[np.float32]


def at_angles(*degrees: float) -> Floats:
    """Features of length 1 at these angles."""
    angles = np.deg2rad(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


TRAINING = TrainingImages(at_angles(0, 180, 30, 210, 90, 270), np.array([0, 0, 0, 1, 1, 1]))
"""Features of training images whose mean is the origin."""


def test_the_nearest_of_the_true_and_of_the_predicted_class_are_named() -> None:
    [found] = nearest_training_images(
        at_angles(50), TRAINING, images=[0], true=np.array([0]), predicted=np.array([1]), count=2
    )
    assert [each.image for each in found.of_true] == [2, 0]
    assert [each.image for each in found.of_predicted] == [4, 5]
    assert found.of_true[0].similarity == pytest.approx(np.cos(np.deg2rad(20)), abs=1e-6)


def test_only_the_images_asked_for_are_explained() -> None:
    features, labels = at_angles(0, 90, 180), np.array([0, 1, 0])
    found = nearest_training_images(features, TRAINING, images=[2, 1], true=labels, predicted=labels, count=1)
    assert [(each.image, each.of_true[0].image) for each in found] == [(2, 1), (1, 4)]


def test_a_class_without_training_images_and_an_image_without_a_label_have_no_neighbours() -> None:
    features, true, predicted = at_angles(0, 0), np.array([-1, 7]), np.array([1, -1])
    first, second = nearest_training_images(features, TRAINING, images=[0, 1], true=true, predicted=predicted)
    assert (first.of_true, len(first.of_predicted)) == ((), 3)
    assert second == ByExample(1, (), ())


def test_without_labels_the_predicted_class_is_searched() -> None:
    [found] = nearest_training_images(at_angles(0), TRAINING, images=[0], true=None, predicted=np.array([1]), count=1)
    assert (found.of_true, found.of_predicted[0].image) == ((), 4)


def test_features_that_are_no_numbers_have_no_neighbours() -> None:
    features = np.full((1, 2), np.nan, np.float32)
    [found] = nearest_training_images(features, TRAINING, images=[0], true=None, predicted=np.array([1]))
    assert found.of_predicted == ()


def test_no_wrong_image_needs_no_example() -> None:
    assert nearest_training_images(at_angles(0), TRAINING, images=[], true=None, predicted=np.array([0])) == ()


def test_features_of_another_network_are_refused() -> None:
    with pytest.raises(MlError, match="same layer"):
        nearest_training_images(np.ones((1, 3)), TRAINING, images=[0], true=None, predicted=np.array([0]))


def test_a_map_of_similarity_is_the_cosine_at_each_place() -> None:
    spatial = np.array([[[2, 0], [0, 3]], [[1, 1], [0, 0]]], np.float32)
    found = similarity_map(spatial, np.array([5, 0], np.float32))
    np.testing.assert_allclose(found, [[1, 0], [np.sqrt(0.5), 0]], atol=1e-6)


def test_blocks_do_not_change_what_is_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unit_rows(np.random.default_rng(0).normal(size=(40, 5)), about=np.zeros(5))
    at_once = nearest(rows, rows, 3, same=True)
    monkeypatch.setattr(cosine, "BLOCK_ENTRIES", 100)
    in_blocks = nearest(rows, rows, 3, same=True)
    np.testing.assert_array_equal(at_once[0], in_blocks[0])
    assert (at_once[0] != np.arange(40)[:, None]).all()
    similar = rows @ rows.T - 9 * np.eye(40)
    np.testing.assert_array_equal(at_once[0], np.argsort(-similar, axis=1)[:, :3])


def around(centre: Floats, count: int, seed: int) -> Floats:
    return (centre + np.random.default_rng(seed).normal(0, 0.1, (count, len(centre)))).astype(np.float32)


CLASSES = np.eye(3, 16, dtype=np.float32)


def test_an_image_far_from_its_class_is_an_outlier_of_it() -> None:
    features = np.concatenate([around(CLASSES[0], 20, 1), around(CLASSES[1], 20, 2)])
    features[7] = CLASSES[2]
    found = feature_outliers(features, np.repeat([0, 1], 20))
    assert [(each.image, each.label) for each in found.found] == [(7, 0)]
    assert found.found[0].deviations >= 4
    assert found.left_out == ()


def test_an_image_among_those_of_another_class_is_an_outlier_of_its_own() -> None:
    features = np.concatenate([around(CLASSES[0], 20, 1), around(CLASSES[1], 20, 2)])
    labels = np.repeat([0, 1], 20)
    labels[3] = 1
    assert [(each.image, each.label) for each in feature_outliers(features, labels).found] == [(3, 1)]
    assert feature_outliers(features, None).found == ()


def test_small_classes_and_unlabelled_images_are_left_out_in_words() -> None:
    found = feature_outliers(around(CLASSES[0], 12, 1), np.array([0] * 7 + [-1] + [1] * 4))
    assert found.found == ()
    assert found.left_out == (
        "12 of 12 images were not judged as outliers: no label, no features, or a class of fewer than 8 images.",
    )


def test_no_labels_make_one_class_and_this_is_said() -> None:
    assert "one class" in feature_outliers(around(CLASSES[0], 12, 1), None).left_out[0]
    assert feature_outliers(np.zeros((0, 4)), None).found == ()


def test_leaks_are_counted_once_and_taken_out() -> None:
    correct = np.array([True, True, False, True, False])
    pairs = [DuplicatePair(8, 0, 0.9, mirrored=False), DuplicatePair(9, 0, 0.8, mirrored=True)]
    effect = leak_effect([*pairs, DuplicatePair(4, 3, 0.8, mirrored=False)], correct)
    assert effect.leaked == (0, 3)
    assert effect.with_leaks is not None
    assert effect.without_leaks is not None
    assert effect.of_leaks is not None
    assert (effect.with_leaks.count, effect.with_leaks.of) == (3, 5)
    assert (effect.without_leaks.count, effect.without_leaks.of) == (1, 3)
    assert (effect.of_leaks.count, effect.of_leaks.of) == (2, 2)
    assert effect.without_leaks.low == pytest.approx(0.0615, abs=1e-4)  # Wilson, 1 of 3
    assert effect.without_leaks.high == pytest.approx(0.7923, abs=1e-4)


def test_images_without_a_label_leak_and_count_in_no_accuracy() -> None:
    pairs = [DuplicatePair(8, row, 0.9, mirrored=False) for row in (0, 1)]
    correct, labelled = np.array([True, False, True, False]), np.array([True, False, True, False])
    effect = leak_effect(pairs, correct, labelled=labelled)
    assert effect.leaked == (0, 1)
    assert [each and (each.count, each.of) for each in (effect.with_leaks, effect.without_leaks, effect.of_leaks)] == [
        (2, 2),
        (1, 1),
        (1, 1),
    ]


def test_without_leaks_both_accuracies_are_the_same() -> None:
    effect = leak_effect([], np.array([True, False]))
    assert (effect.leaked, effect.of_leaks) == ((), None)
    assert effect.with_leaks == effect.without_leaks
    assert leak_effect([], np.zeros(0, np.bool_)).with_leaks is None


def test_where_every_image_leaks_none_is_left_to_count() -> None:
    effect = leak_effect([DuplicatePair(0, 0, 1.0, mirrored=False)], np.array([True]))
    assert effect.without_leaks is None
