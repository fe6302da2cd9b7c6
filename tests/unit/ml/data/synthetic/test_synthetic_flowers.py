from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.ndimage import binary_dilation

from ml.data.example import Example
from ml.data.images import resize
from ml.data.synthetic import flower_drawing
from ml.data.synthetic.flower_drawing import Drawing
from ml.data.synthetic.synthetic_flowers import CLASSES, SIZE, SPLITS, describe, example, identify, read
from ml.errors import MlError, UnknownName

LINEAR_TRAIN, LINEAR_TEST = 900, 270


def image_of(found: Example) -> npt.NDArray[np.uint8]:
    assert found.image is not None
    return found.image


def test_a_flower_is_identified_without_being_drawn() -> None:
    drawn, found = example("test", 13), identify("test", 13)
    assert (found.image_id, found.index, found.label) == (drawn.image_id, drawn.index, drawn.label)
    assert found.image is None


def test_there_are_nine_classes_and_every_split_holds_each_as_often() -> None:
    assert len(describe().class_names) == len(set(describe().class_names)) == 9
    for split in ("validation", "test"):
        counts = Counter(index % len(CLASSES) for index in range(SPLITS[split]))
        assert len(set(counts.values())) == 1
    assert [found.label for found in read("test", stop=10)] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]


def test_the_same_picture_is_drawn_whatever_was_drawn_before() -> None:
    alone = example("test", 5)
    for whole in (list(read("test", stop=6))[5], next(read("test", start=5, stop=6))):
        assert (whole.image_id, whole.index, whole.label) == (alone.image_id, 5, alone.label)
        assert np.array_equal(image_of(whole), image_of(alone))
        assert whole.mask is not None
        assert alone.mask is not None
        assert np.array_equal(whole.mask, alone.mask)


def test_no_two_pictures_and_no_two_splits_are_alike() -> None:
    pictures = [image_of(found).tobytes() for split in SPLITS for found in read(split, stop=9)]
    ids = [found.image_id for split in SPLITS for found in read(split, stop=9)]
    assert len(set(pictures)) == len(set(ids)) == 27


def test_a_picture_is_as_described() -> None:
    found = example("train", 0)
    assert image_of(found).shape == (SIZE, SIZE, 3)
    assert image_of(found).dtype == np.uint8
    assert found.mask is not None
    assert found.mask.shape == (SIZE, SIZE)
    assert found.mask.dtype == np.bool_
    assert describe().has_masks


def test_the_mask_is_where_the_flower_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Painting the petals another colour changes what the mask covers, and nothing beyond its edge."""
    honest = [example("test", index) for index in range(9)]
    draw = flower_drawing.draw

    def repainted(*arguments: Any) -> Drawing:
        drawing = draw(*arguments)
        return Drawing(1 - drawing.colours, drawing.coverage)

    monkeypatch.setattr(flower_drawing, "draw", repainted)
    for before, after in zip(honest, (example("test", index) for index in range(9)), strict=True):
        assert before.mask is not None
        changed = (image_of(before) != image_of(after)).any(axis=-1)
        assert changed[before.mask].mean() > 0.9
        assert not changed[~binary_dilation(before.mask, iterations=2)].any()
        assert 0.03 < before.mask.mean() < 0.7


def pixels(split: str, stop: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Pictures of 32 × 32 pixels as rows, and their labels."""
    found = list(read(split, stop=stop))
    rows = np.stack([resize(image_of(one), 32).ravel() for one in found]) / 255.0
    return rows, np.array([one.label for one in found])


def test_a_linear_model_on_raw_pixels_fails() -> None:
    """At its best penalty it is right about 0.15 to 0.20 of the time, and 1 in 9 is chance.

    With all 5,400 training pictures, ridge and logistic regression reach 0.20; SmallCNN reaches 0.95.
    """
    (inputs, labels), (test_inputs, test_labels) = pixels("train", LINEAR_TRAIN), pixels("test", LINEAR_TEST)
    centre = inputs.mean(axis=0)
    inputs, test_inputs = inputs - centre, test_inputs - centre
    wanted = np.eye(len(CLASSES))[labels] - 1 / len(CLASSES)
    kernel = inputs @ inputs.T
    accuracies = []
    for penalty in (1.0, 10.0, 100.0, 1000.0, 10_000.0):
        dual = np.linalg.solve(kernel + penalty * np.eye(len(kernel)), wanted)
        scores = test_inputs @ (inputs.T @ dual)
        accuracies.append(float((scores.argmax(axis=1) == test_labels).mean()))
    assert max(accuracies) < 0.3, f"a linear model is right {max(accuracies):.0%} of the time"


def test_an_unknown_split_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"no split 'holdout': it has test, train, validation"):
        read("holdout")


@pytest.mark.parametrize(("start", "stop"), [(-1, 4), (5, 4), (0, 541), (541, None)])
def test_a_slice_beyond_the_split_is_refused(start: int, stop: int | None) -> None:
    with pytest.raises(MlError, match="does not lie within the 540 images"):
        read("test", start=start, stop=stop)
