"""Data sets of TFDS whose labels are numbers, that have several labels, or whose pictures are arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ml.data.datasets import describe, identify, labelled_by, read
from ml.data.images import from_array, resize
from ml.errors import BadImage, BadOption, UnknownName
from tests.services.tiny_dataset import write_features

ROWS = 6


def shade(number: int, *, height: int = 20) -> npt.NDArray[np.uint8]:
    return np.full((height, 16, 3), 40 * number, np.uint8)


def write(folder: Path, features: Mapping[str, Any], **changes: Any) -> str:
    """Six pictures in two files, each a shade brighter; returns the folder."""
    made = {
        "image": shade,
        "label": lambda number: number % 3,
        "coarse": lambda number: number // 3,
        "other": lambda number: 7 * number,
        "score": lambda number: number / 2,
        **changes,
    }
    rows = [{name: made[name](number) for name in features} for number in range(ROWS)]
    write_features(folder, features, {"test": rows}, name="mine")
    return str(folder)


@pytest.fixture(scope="module")
def of() -> Any:
    import tensorflow_datasets as tfds  # noqa: PLC0415  (its import takes seconds)

    return tfds.features


def shades(folder: str, **options: Any) -> list[int]:
    return [
        round(float(one.image.mean()))
        for one in read("mine", "test", data_dir=folder, **options)
        if one.image is not None
    ]


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_labels_may_be_plain_numbers(tmp_path: Path, of: Any, dtype: Any) -> None:
    folder = write(tmp_path, {"image": of.Image(shape=(20, 16, 3)), "label": of.Scalar(dtype)})
    assert describe("mine", data_dir=folder).class_names == ("0", "1", "2")
    assert [one.label for one in read("mine", "test", data_dir=folder)] == [0, 1, 2, 0, 1, 2]
    assert identify("mine", "test", 4, data_dir=folder).label == 1


def test_truth_is_a_label_of_two_classes(tmp_path: Path, of: Any) -> None:
    features = {"image": of.Image(shape=(20, 16, 3)), "label": of.Scalar(np.bool_)}
    folder = write(tmp_path, features, label=lambda number: number > 1)
    assert describe("mine", data_dir=folder).class_names == ("0", "1")
    assert [one.label for one in read("mine", "test", data_dir=folder)] == [0, 0, 1, 1, 1, 1]


def test_numbers_that_are_no_classes_are_refused(tmp_path: Path, of: Any) -> None:
    features = {"image": of.Image(shape=(20, 16, 3)), "label": of.Scalar(np.int64)}
    folder = write(tmp_path, features, label=lambda number: 10**9 + number)
    with pytest.raises(BadOption, match="the largest number in 'label' is 1000000005") as refused:
        describe("mine", data_dir=folder)
    assert refused.value.field == "label"


@pytest.mark.parametrize(
    ("shape", "encoding"), [((20, 16, 3), "none"), ((20, 16, 3), "zlib"), ((None, None, 3), "zlib")]
)
def test_pictures_may_be_arrays(tmp_path: Path, of: Any, shape: Any, encoding: str) -> None:
    image = of.Tensor(shape=shape, dtype=np.uint8, encoding=encoding)
    sizes = (lambda number: shade(number, height=10 + number)) if None in shape else shade
    folder = write(tmp_path, {"image": image, "label": of.ClassLabel(num_classes=3)}, image=sizes)
    assert shades(folder) == [0, 40, 80, 120, 160, 200]
    assert shades(folder, image_size=8) == [0, 40, 80, 120, 160, 200]
    assert [one.label for one in read("mine", "test", start=2, stop=4, data_dir=folder)] == [2, 0]


@pytest.mark.parametrize("kind", ["Tensor", "Image"])
def test_pictures_of_fractions_are_refused_with_the_reason(tmp_path: Path, of: Any, kind: str) -> None:
    image = getattr(of, kind)(shape=(20, 16, 1), dtype=np.float32)
    folder = write(
        tmp_path,
        {"image": image, "label": of.ClassLabel(num_classes=3)},
        image=lambda number: np.full((20, 16, 1), number / ROWS, np.float32),
    )
    with pytest.raises(UnknownName, match=rf"{kind} of float32 \[20, 16, 1\], and nothing says which .* white"):
        describe("mine", data_dir=folder)


def test_grey_arrays_become_three_equal_channels_and_alpha_lies_on_white() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    wanted = np.stack([grey] * 3, axis=-1)
    np.testing.assert_array_equal(from_array(grey), wanted)
    np.testing.assert_array_equal(from_array(grey[..., None]), wanted)
    clear = np.zeros((3, 4, 4), np.uint8)
    assert (from_array(clear) == 255).all()
    np.testing.assert_array_equal(from_array(wanted, 2), resize(wanted, 2))
    with pytest.raises(BadImage, match="has no pixels"):
        from_array(np.zeros((0, 4, 3), np.uint8))


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory, of: Any) -> str:
    """A data set with two labels with names, a number and a fraction; none is called label."""
    features = {
        "image": of.Image(shape=(20, 16, 3)),
        "fine": of.ClassLabel(names=["rose", "tulip", "oak"]),
        "coarse": of.ClassLabel(names=["flower", "tree"]),
        "other": of.Scalar(np.int64),
        "score": of.Scalar(np.float32),
    }
    return write(tmp_path_factory.mktemp("labels"), features, fine=lambda number: number % 3)


def test_of_several_labels_one_has_to_be_named(labels: str) -> None:
    with pytest.raises(BadOption, match="has several labels: say which one with 'label': 'coarse', 'fine'") as refused:
        describe("mine", data_dir=labels)
    assert refused.value.field == "label"


@pytest.mark.parametrize(
    ("label", "classes", "found"),
    [
        ("coarse", ("flower", "tree"), [0, 0, 0, 1, 1, 1]),
        ("fine", ("rose", "tulip", "oak"), [0, 1, 2, 0, 1, 2]),
        ("other", tuple(map(str, range(36))), [0, 7, 14, 21, 28, 35]),
    ],
)
def test_the_label_that_is_named_counts(labels: str, label: str, classes: tuple[str, ...], found: list[int]) -> None:
    source = labelled_by("mine", label, data_dir=labels)
    assert source.description.class_names == classes
    assert [one.label for one in source.read("test")] == found
    assert source.identify("test", 5).label == found[5]


def test_two_labels_of_one_data_set_are_two_versions_of_it(labels: str) -> None:
    versions = {labelled_by("mine", label, data_dir=labels).description.version for label in ("coarse", "fine")}
    assert versions == {"1.0.0 by coarse", "1.0.0 by fine"}


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("corse", "the feature 'corse' does not exist; .*: 'coarse', 'fine'"),
        ("score", "the feature 'score' is Scalar of float32; .*: 'coarse', 'fine'"),
        ("image", r"the feature 'image' is Image of uint8 \[20, 16, 3\]"),
    ],
)
def test_what_is_no_label_is_refused_with_the_labels_that_there_are(labels: str, label: str, words: str) -> None:
    with pytest.raises(BadOption, match=words):
        _ = labelled_by("mine", label, data_dir=labels).description


def test_the_only_label_is_taken_whatever_it_is_called(tmp_path: Path, of: Any) -> None:
    folder = write(
        tmp_path,
        {"image": of.Image(shape=(20, 16, 3)), "coarse": of.ClassLabel(num_classes=2), "other": of.Scalar(np.int64)},
    )
    assert [one.label for one in read("mine", "test", data_dir=folder)] == [0, 0, 0, 1, 1, 1]
