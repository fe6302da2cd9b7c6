"""Accuracy, confusion and calibration against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

from ml.evaluation.calibration import calibration_error, reliability
from ml.evaluation.confusion import Confusion, confusion_matrix, mean_per_class_accuracy, per_class, worst_confusions
from ml.evaluation.predictions import Predictions, score, wilson_interval

Logits = NDArray[np.float64]


def outputs(seed: int, *, images: int = 200, classes: int = 7) -> tuple[Logits, NDArray[np.int32]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, images).astype(np.int32)
    logits = rng.standard_normal((images, classes)) * rng.uniform(0.2, 4)
    logits[np.arange(images), labels] += rng.uniform(0, 3)
    return logits, labels


SEEDS = st.integers(0, 10_000)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_accuracy_top_5_and_loss_are_those_of_scikit_learn(seed: int) -> None:
    logits, labels = outputs(seed)
    found = score(logits, labels)
    assert found.top(1) == pytest.approx(metrics.accuracy_score(labels, found.predictions))
    assert found.top(5) == pytest.approx(metrics.top_k_accuracy_score(labels, logits, k=5, labels=range(7)))
    assert found.loss() == pytest.approx(metrics.log_loss(labels, softmax(logits, axis=1), labels=range(7)), rel=1e-5)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_confusion_and_per_class_numbers_are_those_of_scikit_learn(seed: int) -> None:
    logits, labels = outputs(seed, images=40)
    found = score(logits, labels)
    matrix = metrics.confusion_matrix(labels, found.predictions, labels=range(7))
    assert (confusion_matrix(found, 7).toarray() == matrix).all()
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, found.predictions, labels=range(7), zero_division=0
    )
    for each in per_class(found, 7):
        assert each.images == support[each.label]
        assert (each.recall or 0) == pytest.approx(recall[each.label])
        assert (each.precision or 0) == pytest.approx(precision[each.label])
        assert (each.f1 or 0) == pytest.approx(f1[each.label])
    present = np.isin(found.predictions, labels)
    balanced = metrics.balanced_accuracy_score(labels[present], found.predictions[present])
    if present.all():
        assert mean_per_class_accuracy(per_class(found, 7)) == pytest.approx(balanced)


@given(SEEDS, st.sampled_from([10, 15]))
@settings(max_examples=25, deadline=None)
def test_the_reliability_diagram_is_that_of_scikit_learn(seed: int, bins: int) -> None:
    found = score(*outputs(seed))
    drawn = [each for each in reliability(found, bins=bins) if each.images]
    accuracy, confidence = calibration_curve(found.correct, found.confidences, n_bins=bins)
    assert [each.accuracy for each in drawn] == pytest.approx(list(accuracy))
    assert [each.confidence for each in drawn] == pytest.approx(list(confidence))
    counts, _ = np.histogram(found.confidences, bins=bins, range=(0, 1))
    expected = np.abs(accuracy - confidence) @ counts[counts > 0] / counts.sum()
    error = calibration_error(found, bins=bins)
    assert error is not None
    assert error.error == pytest.approx(expected, abs=1e-6)


def test_a_classifier_that_is_right_as_often_as_it_says_is_calibrated() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 40_000)
    right = rng.uniform(size=40_000) < confidence
    logits = np.stack([np.log(confidence), np.log(1 - confidence)], axis=1)
    error = calibration_error(score(logits, (~right).astype(np.int32)))
    assert error is not None
    assert error.error < 0.01


def test_the_worst_confusions_come_first_and_no_class_is_confused_with_itself() -> None:
    matrix = csr_array([[5, 3, 0], [1, 9, 0], [3, 0, 1]])
    found = [(each.label, each.prediction, each.count) for each in worst_confusions(matrix, limit=2)]
    assert found == [(2, 0, 3), (0, 1, 3)]


def test_a_class_without_images_has_no_recall_and_does_not_lower_the_mean() -> None:
    logits = np.eye(3)[[0, 0, 1, 1]]
    numbers = per_class(score(logits, np.array([0, 0, 1, 1], np.int32)), 3)
    assert (numbers[2].recall, numbers[2].precision, numbers[2].images) == (None, None, 0)
    assert mean_per_class_accuracy(numbers) == 1


def test_of_equal_logits_rank_and_prediction_agree() -> None:
    logits, labels = np.zeros((4, 4)), np.arange(4, dtype=np.int32)
    found = score(logits, labels)
    assert found.ranks.tolist() == [0, 1, 2, 3]
    assert found.correct.tolist() == [True, False, False, False]


def test_outputs_that_are_no_numbers_are_wrong_and_counted_nowhere_else() -> None:
    logits = np.array([[np.nan, 1.0], [0.0, 1.0], [np.inf, 0.0]])
    found = score(logits, np.array([0, 1, 0], np.int32))
    assert found.correct.tolist() == [False, True, False]
    assert found.predictions.tolist() == [-1, 1, -1]
    assert confusion_matrix(found, 2).sum() == 1
    assert found.top(1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("successes", "count", "low", "high"), [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433)])
def test_the_interval_of_a_share_is_wilsons(successes: int, count: int, low: float, high: float) -> None:
    assert wilson_interval(successes, count) == pytest.approx((low, high), abs=1e-3)


def test_the_confusions_of_very_many_classes_take_the_room_of_the_images_that_there_are() -> None:
    """A dense matrix of so many classes would take 80 GB."""
    labels, predictions = np.array([0, 99_999, 99_999], np.int32), np.array([0, 5, 5], np.int32)
    found = Predictions(labels, predictions, np.ones(3, np.float32))
    assert worst_confusions(confusion_matrix(found, 100_000), limit=9) == (Confusion(99_999, 5, 2, 1.0),)
    last = per_class(found, 100_000)[-1]
    assert (last.images, last.correct, last.predicted) == (2, 0, 0)
