"""Folds: each training image is held out once, and each class is spread over all folds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import BadOption
from ml.training.folds import Dealer, check_folds, fewest_learnt


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
    held_out = Counter(dealer.fold_of(label) for label in labels)
    assert fewest_learnt(folds, Counter(labels)) == len(labels) - max(held_out.values())


def test_more_folds_than_the_smallest_class_has_images_are_refused_by_its_name() -> None:
    counts = {0: 12, 1: 3, 2: 9}
    check_folds(3, counts, ("rose", "daisy", "tulip"))
    with pytest.raises(BadOption, match=r"the smallest class, 'daisy', has 3.*at most 3 folds") as refused:
        check_folds(4, counts, ("rose", "daisy", "tulip"))
    assert refused.value.field == "folds"
    with pytest.raises(BadOption, match="choose no folds"):
        check_folds(2, {0: 2, 2: 2}, ("rose", "daisy", "tulip"))
