"""Pictures of data sets that TFDS has prepared are found without TFDS, and never those of another data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from api.readers.photographs.tfds_pictures import has_picture, tfds_picture

LENGTHS = (2, 3)


def feature(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def prepare(folder: Path, *, version: str, mark: bytes, name: str = "garden", file_format: str = "tfrecord") -> None:
    """A data set of five pictures in two files, as TFDS writes it."""
    place = folder / name / version
    place.mkdir(parents=True)
    split = {
        "name": "test",
        "shardLengths": [str(length) for length in LENGTHS],
        "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
    }
    info = {"name": name, "fileFormat": file_format, "splits": [split]}
    (place / "dataset_info.json").write_text(json.dumps(info))
    kinds = {"image": "image_feature.Image", "file_name": "text_feature.Text", "label": "class_label.ClassLabel"}
    features = {each: {"pythonClassName": f"tensorflow_datasets.core.features.{kind}"} for each, kind in kinds.items()}
    (place / "features.json").write_text(json.dumps({"featuresDict": {"features": features}}))
    index = 0
    for shard, length in enumerate(LENGTHS):
        path = place / f"{name}-test.tfrecord-{shard:05d}-of-{len(LENGTHS):05d}"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for _ in range(length):
                found = {"image": feature(mark + str(index).encode()), "file_name": feature(f"{index}.jpg".encode())}
                writer.write(tf.train.Example(features=tf.train.Features(feature=found)).SerializeToString())
                index += 1


@pytest.mark.parametrize("index", range(5))
def test_each_picture_is_found_in_its_file(tmp_path: Path, index: int) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a")
    found = tfds_picture(tmp_path, "garden", "test", index=index, image_id=f"{index}.jpg")
    assert found == f"a{index}".encode()


def test_the_newest_version_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    prepare(tmp_path, version="2.0.0", mark=b"old")
    prepare(tmp_path, version="10.0.0", mark=b"new")
    assert tfds_picture(tmp_path, "garden", "test", index=0, image_id="0.jpg") == b"new0"
    assert tfds_picture(tmp_path, "garden:2.0.0", "test", index=0, image_id="0.jpg") == b"old0"


def test_a_name_that_came_before_is_known_by_its_beginning(tmp_path: Path) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a")
    assert tfds_picture(tmp_path, "garden", "test", index=3, image_id="3.jpg-0000003") == b"a3"


def test_the_picture_of_another_name_is_not_shown(tmp_path: Path) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a")
    assert tfds_picture(tmp_path, "garden", "test", index=3, image_id="4.jpg") is None


@pytest.mark.parametrize("index", [-1, 5])
def test_there_is_nothing_beyond_the_ends(tmp_path: Path, index: int) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a")
    assert tfds_picture(tmp_path, "garden", "test", index=index, image_id="4.jpg") is None


@pytest.mark.parametrize("dataset", ["other", "../garden", "garden/..", "garden:../1.0.0", "", "/etc"])
def test_names_lead_nowhere_else(tmp_path: Path, dataset: str) -> None:
    prepare(tmp_path / "tfds", version="1.0.0", mark=b"a")
    prepare(tmp_path, version="1.0.0", mark=b"outside")
    assert not has_picture(tmp_path / "tfds", dataset, "test")


def test_files_of_another_format_are_left_alone(tmp_path: Path) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a", file_format="array_record")
    assert not has_picture(tmp_path, "garden", "test")


def test_a_split_that_does_not_exist_has_no_pictures(tmp_path: Path) -> None:
    prepare(tmp_path, version="1.0.0", mark=b"a")
    assert not has_picture(tmp_path, "garden", "validation")
