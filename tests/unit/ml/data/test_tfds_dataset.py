from __future__ import annotations

import io
import shutil
import socket
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ml.data import tfds_dataset, tfds_records
from ml.data.datasets import describe, identify, read
from ml.data.file_names import file_names
from ml.data.images import decode, resize
from ml.errors import DatasetUnavailable, MlError, UnknownName
from tests.services.tiny_dataset import CLASSES, NAME, Picture, write_dataset

Pixels = npt.NDArray[np.uint8]
COUNT = 8
TORN = 4


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 16), (shade, shade, shade)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def picture(index: int) -> Picture:
    data = jpeg(index * 20)
    return Picture(data[:200] if index == TORN else data, index % 4 - 1, f"flower_{index}.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Eight pictures in three files: the fifth is torn, the first and the fifth have no label."""
    root = tmp_path_factory.mktemp("tfds")
    write_dataset(root, {"train": [picture(0)], "test": [picture(index) for index in range(COUNT)]})
    write_dataset(root, {"test": [picture(0)]}, name="no_pictures", with_images=False)
    return str(root)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six pictures of two names in two files."""
    root = tmp_path_factory.mktemp("twins")
    names = ("1.jpg", "2.jpg", "1.jpg", "2.jpg", "3.jpg", "1.jpg")
    write_dataset(root, {"test": [Picture(jpeg(20), 0, name) for name in names]})
    return str(root)


TWINS = ["1.jpg", "2.jpg", "1.jpg-0000002", "2.jpg-0000003", "3.jpg", "1.jpg-0000005"]


def test_a_name_that_an_earlier_picture_has_is_told_apart_by_its_place(twins: str) -> None:
    assert [one.image_id for one in read(NAME, "test", data_dir=twins)] == TWINS


@pytest.mark.parametrize("size", [1, 2, 4])
def test_the_id_of_a_picture_is_the_same_in_every_slice(twins: str, size: int) -> None:
    for start in reversed(range(0, 6, size)):
        file_names.cache_clear()
        found = list(read(NAME, "test", start=start, stop=min(6, start + size), data_dir=twins))
        assert [one.image_id for one in found] == TWINS[start : start + size]
        assert identify(NAME, "test", start, data_dir=twins).image_id == TWINS[start]


def assert_same(found: Pixels | None, wanted: Pixels | None) -> None:
    assert (found is None) == (wanted is None)
    assert found is None or wanted is None or np.array_equal(found, wanted)


@pytest.mark.parametrize(("start", "stop"), [(0, COUNT), (2, 7), (7, 8)])
def test_plain_reading_gives_what_a_pipeline_gives(
    folder: str, monkeypatch: pytest.MonkeyPatch, start: int, stop: int
) -> None:
    monkeypatch.setattr(tfds_records, "_are_plain", lambda *_: False)
    by_pipeline = list(read(NAME, "test", start=start, stop=stop, data_dir=folder))
    monkeypatch.undo()
    monkeypatch.setattr(tfds_records, "_records_by_pipeline", None)
    for found, wanted in zip(read(NAME, "test", start=start, stop=stop, data_dir=folder), by_pipeline, strict=True):
        assert (found.image_id, found.index, found.label) == (wanted.image_id, wanted.index, wanted.label)
        assert found.error == wanted.error
        assert_same(found.image, wanted.image)


def test_pictures_are_scaled_while_they_are_decoded(folder: str) -> None:
    for small, whole in zip(
        read(NAME, "test", data_dir=folder, image_size=8), read(NAME, "test", data_dir=folder), strict=True
    ):
        assert (small.image_id, small.error) == (whole.image_id, whole.error)
        assert_same(small.image, None if whole.image is None else resize(whole.image, 8))


def test_a_damaged_file_is_named(folder: str, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    file = sorted(tmp_path.rglob(f"{NAME}-test.tfrecord*"))[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(DatasetUnavailable, match=f"{file.name} is damaged"):
        list(read(NAME, "test", data_dir=str(tmp_path)))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any, **__: Any) -> socket.socket:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    monkeypatch.setattr(urllib.request, "getproxies", dict)


def test_classes_and_splits_are_known_without_reading(folder: str) -> None:
    description = describe(NAME, data_dir=folder)
    assert description.class_names == CLASSES
    assert dict(description.splits) == {"train": 1, "test": COUNT}
    assert not description.has_masks


def test_pictures_come_in_the_order_of_the_files(folder: str) -> None:
    found = list(read(NAME, "test", data_dir=folder))
    assert [one.image_id for one in found] == [f"flower_{index}.jpg" for index in range(COUNT)]
    assert [one.index for one in found] == list(range(COUNT))
    shades = [int(one.image[0, 0, 0]) for one in found if one.image is not None]
    np.testing.assert_allclose(shades, [index * 20 for index in range(COUNT) if index != TORN], atol=3)


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (2, 7), (7, 8), (3, None), (4, 4)])
def test_a_slice_across_files_is_that_part_of_the_whole(folder: str, start: int, stop: int | None) -> None:
    found = list(read(NAME, "test", start=start, stop=stop, data_dir=folder))
    assert [one.index for one in found] == list(range(COUNT))[start:stop]
    assert [one.image_id for one in found] == [f"flower_{one.index}.jpg" for one in found]


def test_a_torn_picture_is_an_example_with_an_error_and_the_others_are_read(folder: str) -> None:
    found = list(read(NAME, "test", data_dir=folder))
    assert [one.index for one in found if one.error] == [TORN]
    assert found[TORN].image is None
    assert "cannot decode 200 bytes as a picture" in str(found[TORN].error)


def test_an_example_is_identified_without_its_picture_being_decoded(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tfds_dataset, "decode")
    found = identify(NAME, "test", 5, data_dir=folder)
    assert (found.image_id, found.index, found.label, found.image) == ("flower_5.jpg", 5, 0, None)
    with pytest.raises(MlError, match="does not lie within the 8 images"):
        identify(NAME, "test", COUNT, data_dir=folder)


def test_no_picture_is_decoded_before_it_is_asked_for(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []

    def noted(data: bytes, *size: Any) -> Any:
        decoded.append(data)
        return decode(data, *size)

    monkeypatch.setattr(tfds_dataset, "decode", noted)
    pictures = read(NAME, "test", data_dir=folder)
    next(pictures)
    assert len(decoded) == 1


def test_a_picture_without_label_has_none(folder: str) -> None:
    labels = [one.label for one in read(NAME, "test", data_dir=folder)]
    assert labels == [None, 0, 1, 2, None, 0, 1, 2]


def test_a_data_set_without_pictures_is_refused_with_what_it_has(folder: str) -> None:
    with pytest.raises(UnknownName, match=r"no 'image' and 'label' features: it has .*file_name"):
        describe("no_pictures", data_dir=folder)


def test_an_unknown_split_is_refused_with_those_there_are(folder: str) -> None:
    with pytest.raises(UnknownName, match="no split 'holdout': it has test, train"):
        read(NAME, "holdout", data_dir=folder)


def test_a_slice_beyond_the_split_is_refused(folder: str) -> None:
    with pytest.raises(MlError, match="does not lie within the 8 images"):
        read(NAME, "test", start=4, stop=9, data_dir=folder)


def test_an_unknown_data_set_is_refused_with_those_close_to_it(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no data set 'oxford_flowers103': .*close to it: oxford_flowers102"):
        describe("oxford_flowers103", data_dir=str(tmp_path))


@pytest.mark.parametrize("name", ["mnist/nope", "mnist:99.9.9", "a/../b", "foo.bar"])
def test_a_name_that_tfds_cannot_read_is_refused_like_an_unknown_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownName, match=r"no data set .*in a version that there is"):
        describe(name, data_dir=str(tmp_path))


@pytest.mark.usefixtures("no_network")
def test_missing_data_without_a_network_name_the_setting_that_helps(tmp_path: Path) -> None:
    with pytest.raises(DatasetUnavailable, match="TFDS_DATA_DIR") as error:
        describe("oxford_flowers102", data_dir=str(tmp_path))
    assert str(tmp_path) in str(error.value)
    assert "Network is unreachable" in str(error.value)
