from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ml.data.record_file import masked_checksum, read_records
from ml.errors import DatasetUnavailable

RECORDS = [b"rose", b"", b"tulip" * 1000, b"daisy"]


def packed(record: bytes) -> bytes:
    length = struct.pack("<Q", len(record))
    return b"".join(
        (length, struct.pack("<I", masked_checksum(length)), record, struct.pack("<I", masked_checksum(record)))
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.tfrecord"
    path.write_bytes(b"".join(map(packed, RECORDS)))
    return path


def test_the_checksum_is_that_of_tensorflow() -> None:
    """Of the length of an empty record, as any TFRecord file holds it."""
    assert masked_checksum(struct.pack("<Q", 0)) == 0x07980329


@pytest.mark.parametrize(("skip", "take"), [(0, 4), (1, 2), (3, 1), (4, 0)])
def test_records_come_in_order_from_any_place_on(file: Path, skip: int, take: int) -> None:
    assert list(read_records(file, skip=skip, take=take)) == RECORDS[skip : skip + take]


@pytest.mark.parametrize("place", [0, 8, 12, 15, 16, 40, -1])
def test_a_byte_that_changed_is_noticed(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    with pytest.raises(DatasetUnavailable, match=r"flowers\.tfrecord is damaged"):
        list(read_records(file, skip=0, take=4))


@pytest.mark.parametrize("length", [0, 5, 14, 19])
def test_a_file_that_ends_too_early_is_noticed(file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(DatasetUnavailable, match="cut off"):
        list(read_records(file, skip=0, take=4))


def test_what_is_passed_over_beyond_the_end_is_noticed(file: Path) -> None:
    with pytest.raises(DatasetUnavailable, match="cut off"):
        list(read_records(file, skip=5, take=1))
