"""Reads one record of a TFRecord file, and one feature of it, without TensorFlow.

The file is TensorFlow's (``tensorflow/core/lib/io/record_writer.h``): the length, its checksum, the bytes, their
checksum. A record is a message ``tf.train.Example`` of Protocol Buffers: a map from names to lists of bytes or numbers.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_HEAD = struct.Struct("<Q")
_HEAD_BYTES, _TAIL_BYTES = 12, 4
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_KNOWN_FILES = 64


def record(path: Path, place: int) -> bytes:
    """The record at ``place``, counted from 0.

    Raises:
        ValueError: the file has no such record, or is none of this kind.
        OSError: it cannot be read.
    """
    starts = _starts(path, path.stat().st_mtime_ns)
    if not 0 <= place < len(starts) - 1:
        raise ValueError(f"{path} has {len(starts) - 1} records, so none at {place}")
    with path.open("rb") as file:
        file.seek(starts[place] + _HEAD_BYTES)
        return file.read(starts[place + 1] - starts[place] - _HEAD_BYTES - _TAIL_BYTES)


def byte_features(data: bytes) -> dict[str, bytes]:
    """The first value of each feature that holds bytes, by name.

    Raises:
        ValueError: it is no such message.
    """
    found: dict[str, bytes] = {}
    for features in _inside(data, 1):
        for entry in _inside(features, 1):
            name = next(_inside(entry, 1), b"").decode("utf-8", "replace")
            values = (
                value for feature in _inside(entry, 2) for each in _inside(feature, 1) for value in _inside(each, 1)
            )
            first = next(values, None)
            if first is not None:
                found[name] = first
    return found


@lru_cache(_KNOWN_FILES)
def _starts(path: Path, changed_ns: int) -> tuple[int, ...]:
    """Where each record begins, and where the last one ends; ``changed_ns`` has the file read again once it changes."""
    del changed_ns
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        starts = [0]
        while starts[-1] < len(content):
            if starts[-1] + _HEAD_BYTES > len(content):
                raise ValueError(f"{path} is cut off")
            length = _HEAD.unpack_from(content, starts[-1])[0]
            starts.append(starts[-1] + _HEAD_BYTES + length + _TAIL_BYTES)
        if starts[-1] != len(content):
            raise ValueError(f"{path} is cut off")
        return tuple(starts)


def _inside(message: bytes, number: int) -> Iterator[bytes]:
    """The fields of this number that hold bytes, which may be messages themselves."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        if tag & 7 == _BYTES:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise ValueError("a field is longer than its message")
            if tag >> 3 == number:
                yield message[place : place + length]
            place += length
        else:
            place = _passed_over(message, place, tag & 7)


def _passed_over(message: bytes, place: int, kind: int) -> int:
    if kind == _VARINT:
        return _varint(message, place)[1]
    if kind in {_FIXED_64, _FIXED_32}:
        return place + (8 if kind == _FIXED_64 else 4)
    raise ValueError(f"there are no fields of kind {kind}")


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number in groups of 7 bits, the lowest first, and the place behind it."""
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError("a number does not end")
