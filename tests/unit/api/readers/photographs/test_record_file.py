"""Records of TFRecord files are found and taken apart as TensorFlow wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from api.readers.photographs.record_file import byte_features, record


def example(name: str, picture: bytes, label: int) -> bytes:
    feature = {
        "file_name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[name.encode()])),
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[picture])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label, -label])),
        "weight": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5])),
        "nothing": tf.train.Feature(),
    }
    return bytes(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "records"
    with tf.io.TFRecordWriter(str(found)) as writer:
        for number in range(5):
            writer.write(example(f"{number}.jpg", bytes([number]) * 300 * number, number))
    return found


@pytest.mark.parametrize("place", range(5))
def test_each_record_is_the_one_that_was_written(path: Path, place: int) -> None:
    features = byte_features(record(path, place))
    assert features == {"file_name": f"{place}.jpg".encode(), "image": bytes([place]) * 300 * place}


@pytest.mark.parametrize("place", [-1, 5])
def test_there_is_no_record_beyond_the_ends(path: Path, place: int) -> None:
    with pytest.raises(ValueError, match="5 records"):
        record(path, place)


def test_a_file_that_is_cut_off_says_so(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="cut off"):
        record(path, 0)


@pytest.mark.parametrize("data", [b"\xff" * 12, b"\x0a\x7f", b"\x0b\x01"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|number"):
        byte_features(data)
