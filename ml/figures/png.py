"""Encodes PNG fast: writing thousands of heatmaps must not take longer than computing them."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BITS_RGB = (8, 2, 0, 0, 0)
_UP = 2  # filter: each row is stored as its difference from the row above
_LEVEL = 1


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Pixels (H, W, 3) as PNG (W3C "Portable Network Graphics", sections 5, 9 and 11).

    The filter is the same for all rows and the compressor is ISA-L's: about ten times faster than searching for the
    smallest file, which would be a tenth smaller.
    """
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels)
    filtered = np.empty((height, 1 + width * channels), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">II5B", width, height, *_EIGHT_BITS_RGB)
    data = isal_zlib.compress(filtered.data, _LEVEL)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", isal_zlib.crc32(body))
