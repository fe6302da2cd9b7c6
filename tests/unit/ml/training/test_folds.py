"""Folds: each training image is held out once, and each class is spread over all folds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.datasets import read
from ml.data.example import Example
from ml.errors import BadOption, MlError
from ml.training import training_data
from ml.training.folds import Dealer, Fold, FoldCounts, check_folds, fewest_learnt
from ml.training.held_out import predict_held_out
from ml.training.options import TrainingOptions
from ml.training.progress import Reporter
from ml.training.training_data import TrainingData, describe_dataset
from tests.unit.ml.conftest import options_for

NAMES = ("rose", "daisy", "tulip")


def dealt(folds: int, of_class: Mapping[int, int]) -> FoldCounts:
    """So many images of each class, dealt to the folds."""
    dealer = Dealer(folds)
    return Counter((label, dealer.fold_of(label)) for label, count in of_class.items() for _ in range(count))


def fold_data(options: TrainingOptions) -> TrainingData:
    return TrainingData(options, describe_dataset(options), lambda activity, steps: Reporter(print, activity, steps, 1))


@given(labels=st.lists(st.integers(0, 4), max_size=200), folds=st.integers(2, 7))
def test_the_folds_of_each_class_differ_by_one_image_at_most(labels: list[int], folds: int) -> None:
    dealer = Dealer(folds)
    dealt = Counter((label, dealer.fold_of(label)) for label in labels)
    for label in set(labels):
        sizes = [dealt[label, fold] for fold in range(folds)]
        assert sum(sizes) == labels.count(label)
        assert max(sizes) - min(sizes) <= 1


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=200), folds=st.integers(2, 7))
def test_the_fewest_images_that_a_fold_leaves_are_counted_without_reading_them(labels: list[int], folds: int) -> None:
    dealer = Dealer(folds)
    counts = Counter((label, dealer.fold_of(label)) for label in labels)
    held_out = [sum(count for (_, dealt), count in counts.items() if dealt == fold) for fold in range(folds)]
    assert fewest_learnt(counts) == len(labels) - max(held_out)


def test_more_folds_than_the_smallest_class_has_images_are_refused_by_its_name() -> None:
    check_folds(3, dealt(3, {0: 12, 1: 3, 2: 9}), NAMES)
    with pytest.raises(BadOption, match=r"the smallest class, 'daisy', has 3.*at most 3 folds") as refused:
        check_folds(4, dealt(4, {0: 12, 1: 3, 2: 9}), NAMES)
    assert refused.value.field == "folds"
    with pytest.raises(BadOption, match="choose no folds"):
        check_folds(2, dealt(2, {0: 2, 2: 2}), NAMES)


def test_a_class_whose_usable_images_are_all_in_one_fold_is_refused_by_its_name() -> None:
    counts = {**dealt(2, {0: 4, 2: 4}), (1, 1): 2}
    with pytest.raises(BadOption, match="all 2 usable training images of class 'daisy' are in one") as refused:
        check_folds(2, counts, NAMES)
    assert refused.value.field == "folds"


@pytest.mark.usefixtures("few_flowers")
def test_an_image_that_cannot_be_read_any_more_moves_no_other_into_another_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = options_for(folds=3, fold=Fold(1, 3))
    learnt = {example.image_id for example in fold_data(options)._usable("train", "loading")}

    def broken(*args: Any, **more: Any) -> Iterator[Example]:
        return (replace(each, image=None, error="gone") if each.index == 0 else each for each in read(*args, **more))

    monkeypatch.setattr(training_data, "read", broken)
    held_out = {example.image_id for _, example in fold_data(options).held_out()}
    assert held_out
    assert not held_out & learnt


@pytest.mark.usefixtures("few_flowers")
def test_a_fold_of_which_no_image_can_be_read_any_more_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **more: Any) -> Iterator[Example]:
        return (replace(each, image=None, error="the picture is gone") for each in read(*args, **more))

    monkeypatch.setattr(training_data, "read", gone)
    image = keras.Input((32, 32, 3))
    model = keras.Model(image, keras.layers.Flatten()(image))
    with pytest.raises(MlError, match="not one usable image in split 'train'; the first: the picture is gone"):
        predict_held_out(model, options_for(folds=3, fold=Fold(1, 3)), on_batch=lambda _: None)
