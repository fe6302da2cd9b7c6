"""Which images a training learns from and is tested on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ml.data.datasets import Example, read
from ml.errors import BadOption, MlError
from ml.training import training_data
from tests.unit.ml.conftest import options_for
from tests.unit.ml.training.train.conftest import relabelled, run

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


def test_without_a_test_split_nothing_is_tested(tmp_path: Path) -> None:
    result = run(options_for(test_split=None), tmp_path)
    assert (result.test_accuracy, result.test_loss, result.test_images) == (None, None, 0)


def test_slices_of_splits_are_trained_and_tested_on(tmp_path: Path) -> None:
    slices = {"train_split": "train[0:27]", "validation_split": "train[27:36]", "test_split": "test[8:1000]"}
    result = run(options_for(**slices), tmp_path)
    assert (result.train_images, result.validation_images, result.test_images) == (27, 9, 10)


def test_a_class_without_images_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relabelled(monkeypatch, lambda example: example.label % 8)
    with pytest.raises(BadOption, match="not one usable image of 1 of its classes: eight heart petals"):
        run(options_for(), tmp_path)


def test_images_with_a_label_out_of_range_are_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relabelled(monkeypatch, lambda example: 99 if example.index == 5 else example.label)
    skipped = run(options_for(), tmp_path).skipped
    assert [name for name, _ in skipped] == ["train-00005", "validation-00005", "test-00005"]
    assert all(why == "its label 99 is out of range: there are 9 classes" for _, why in skipped)


def test_a_split_without_a_usable_image_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(example: Example) -> Example:
        return replace(example, image=None, error="cannot be decoded")

    monkeypatch.setattr(training_data, "read", lambda *a, **o: (broken(example) for example in read(*a, **o)))
    with pytest.raises(MlError, match=r"not one usable image in split 'train'; the first: cannot be decoded"):
        run(options_for(), tmp_path)
