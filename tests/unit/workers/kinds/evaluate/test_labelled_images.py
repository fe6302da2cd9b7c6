"""The object of a picture, as networks see it that take other parts of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from ml.data.example import Example
from ml.data.image_size import ImageSize
from workers.kinds.evaluate.labelled_images import picture

IMAGE = np.zeros((60, 120, 3), np.uint8)
OBJECT = np.zeros((60, 120), np.bool_)
OBJECT[20:40, 50:80] = True


def example(*, masked: bool) -> Example:
    return Example("flower", 0, 0, IMAGE, OBJECT if masked else None)


@pytest.mark.parametrize(("one", "other"), [((32, 32), (32, 64)), ((32, 64), (32, 32)), ((24, 24), (60, 120))])
def test_the_true_object_is_the_same_for_a_network_that_takes_other_proportions(
    one: ImageSize, other: ImageSize
) -> None:
    seen = picture(example(masked=True), one).mask
    alone = picture(example(masked=True), other).mask
    beside = picture(example(masked=True), other, seen_mask=seen).mask
    assert alone is not None
    np.testing.assert_array_equal(beside, alone)


@pytest.mark.parametrize(("one", "other"), [((32, 32), (32, 64)), ((32, 64), (32, 32)), ((60, 120), (24, 24))])
def test_an_object_that_another_network_told_stays_where_it_is_in_the_picture(one: ImageSize, other: ImageSize) -> None:
    seen = picture(example(masked=True), one).mask
    found = picture(example(masked=False), other, seen_mask=seen).mask
    true = picture(example(masked=True), other).mask
    assert found is not None
    assert true is not None
    assert (found != true).mean() < 0.03


def test_nothing_is_an_object_that_the_other_network_did_not_see() -> None:
    found = picture(example(masked=False), (60, 120), seen_mask=np.ones((32, 32), np.bool_)).mask
    assert found is not None
    assert found[:, 30:90].all()
    assert not found[:, :30].any()
    assert not found[:, 90:].any()


def test_an_object_told_at_the_same_size_is_taken_as_it_is() -> None:
    seen = picture(example(masked=True), (32, 32)).mask
    cut = Example("flower", 0, 0, np.zeros((32, 32, 3), np.uint8))
    found = picture(cut, (32, 32), seen_mask=seen).mask
    assert seen is not None
    np.testing.assert_array_equal(found, seen)
