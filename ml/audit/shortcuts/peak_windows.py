"""Cuts windows around the peaks of maps out of pictures of a common, small size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.audit.shortcuts.suspicion import Pictures

Floats = npt.NDArray[np.float32]
SIDE = 64
"""Side, in pixels, to which larger pictures are reduced."""
_WINDOW = 0.42
_AT_ONCE = 128
_PIECES = (1 / 8, 3 / 16)


@dataclass(frozen=True, eq=False)
class PeakWindows:
    """Windows around peaks.

    Attributes:
        pictures: (n, S, S, 3) the small pictures, 0..1.
        corners: (n, 2) top and left of each window.
        length: side of a window.
        sides: of the pieces that are compared.
    """

    pictures: Floats
    corners: npt.NDArray[np.intp]
    length: int
    sides: tuple[int, ...]

    @property
    def spread(self) -> float:
        """Standard deviation of all pixels, about the mean of each channel."""
        return float(np.sqrt(self.pictures.var(axis=(0, 1, 2)).mean()))

    def pieces(self, side: int) -> Floats:
        """All pieces (n, positions, side * side * 3) of the windows, row by row."""
        windows = np.stack(
            [
                picture[top : top + self.length, left : left + self.length]
                for picture, (top, left) in zip(self.pictures, self.corners, strict=True)
            ]
        )
        views = np.lib.stride_tricks.sliding_window_view(windows, (side, side), axis=(1, 2))
        return np.ascontiguousarray(views.transpose(0, 1, 2, 4, 5, 3)).reshape(len(windows), -1, side * side * 3)


def small_pictures(pictures: Pictures, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """These pictures (n, S, S, 3), read in blocks, as they are large, and made small: S is at most ``SIDE``."""
    blocks = (pictures([int(row) for row in rows[start : start + _AT_ONCE]]) for start in range(0, len(rows), _AT_ONCE))
    found = [_small(picture) for block in blocks for picture in block]
    return np.stack(found) if found else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _small(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    size = min(SIDE, *picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BOX), np.uint8)


def peak_windows(small: npt.NDArray[np.uint8], maps: Floats) -> PeakWindows:
    """Windows of small pictures (n, S, S, 3) around the largest values of their maps (n, h, w)."""
    size = small.shape[1]
    length = max(round(_WINDOW * size), 3)
    rows, columns = np.unravel_index(maps.reshape(len(maps), -1).argmax(axis=1), maps.shape[1:])
    centres = np.stack([(rows + 0.5) / maps.shape[1], (columns + 0.5) / maps.shape[2]], axis=1) * size
    corners = np.clip(np.rint(centres - length / 2), 0, size - length).astype(np.intp)
    sides = tuple(sorted({max(round(part * size), 2) for part in _PIECES}))
    return PeakWindows(small.astype(np.float32) / np.float32(255), corners, length, sides)
