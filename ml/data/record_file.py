"""Reads the records of a TFRecord file one after the other, from any place on.

The format is TensorFlow's (``tensorflow/core/lib/io/record_writer.h``): the length, its checksum, the bytes, their
checksum. A pipeline of ``tf.data`` takes about twelve times as long for a picture, and reads all records before the
first one that is wanted; here these are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from ml.errors import DatasetUnavailable

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")


def read_records(path: Path, *, skip: int, take: int) -> Iterator[bytes]:
    """The ``take`` records that follow the first ``skip`` ones.

    Raises:
        DatasetUnavailable: a checksum is not that of its bytes, or the file ends too early.
    """
    with path.open("rb") as file:
        for _ in range(skip):
            file.seek(_length(path, file) + _CHECKSUM.size, 1)
        for _ in range(take):
            length = _length(path, file)
            record, checksum = file.read(length), file.read(_CHECKSUM.size)
            if len(checksum) < _CHECKSUM.size or _CHECKSUM.unpack(checksum)[0] != masked_checksum(record):
                raise _damaged(path, file)
            yield record


def masked_checksum(data: bytes) -> int:
    """CRC-32C of the bytes, rotated and offset: checksums are stored beside bytes that contain checksums."""
    checksum = int(google_crc32c.value(data))
    return (((checksum >> 15) | (checksum << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _length(path: Path, file: BinaryIO) -> int:
    head = file.read(_LENGTH.size)
    if len(head) == _LENGTH.size:
        length, checksum = _LENGTH.unpack(head)
        if checksum == masked_checksum(head[:8]):
            return int(length)
    raise _damaged(path, file)


def _damaged(path: Path, file: BinaryIO) -> DatasetUnavailable:
    return DatasetUnavailable(
        f"{path} is damaged or cut off before byte {file.tell()}: remove its folder and have TFDS prepare it again"
    )
