"""The part of a picture that a map points at, as other programs take regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

SHARE_OF_MAXIMUM = 0.2
"""Of the strongest positive value: the threshold of Zhou et al. 2016 (CAM), section 3.2, chosen there on ImageNet."""


@dataclass(frozen=True, eq=False)
class HeatRegion:
    """Pixels (H, W) bool of the picture that the network saw."""

    pixels: npt.NDArray[np.bool_]

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return int(self.pixels.sum())

    @property
    def box(self) -> list[int]:
        """Left, top, width and height of the smallest box around it."""
        rows, columns = (np.flatnonzero(self.pixels.any(axis=axis)) for axis in (1, 0))
        left, top = int(columns[0]), int(rows[0])
        return [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]

    @property
    def run_lengths(self) -> list[int]:
        """COCO's uncompressed run-length code: pixels off, on, off, ... column by column, beginning with off."""
        flat = self.pixels.ravel(order="F")
        changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        runs = np.diff(np.concatenate([[0], changes, [flat.size]]))
        return [*([0] if flat[0] else []), *map(int, runs)]


def heat_region(heatmap: npt.NDArray[np.float32], *, height: int, width: int) -> HeatRegion | None:
    """Where a map (h, w), enlarged to the picture, exceeds a share of its maximum; None where nothing is positive."""
    finite = np.nan_to_num(heatmap, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
    enlarged = np.asarray(Image.fromarray(finite).resize((width, height), Image.Resampling.BILINEAR))
    strongest = float(enlarged.max())
    return HeatRegion(enlarged > SHARE_OF_MAXIMUM * strongest) if strongest > 0 else None
