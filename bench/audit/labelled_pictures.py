"""The pictures of the figures on data: drawn flowers, and real ones where Flowers102 is on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.audit.copies import Picture
from ml.data import datasets
from ml.data.images import resize

REAL, DRAWN = "oxford_flowers102", "synthetic_flowers"


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """``pictures``, (H, W, 3) uint8 each and of any size, and ``labels`` (N,) int64."""

    pictures: tuple[Picture, ...]
    labels: npt.NDArray[np.int64]

    def views(self, side: int) -> npt.NDArray[np.uint8]:
        """(N, side, side, 3): scaled, and cropped to the middle."""
        return np.stack([resize(picture, side) for picture in self.pictures])


def has_real() -> bool:
    """Whether Flowers102 and the weights of MobileNetV2 are on disk."""
    return bool(os.environ.get("TFDS_DATA_DIR") and os.environ.get("FLORESCOPE_WEIGHTS_DIR"))


def labelled_pictures(name: str, split: str, *, start: int = 0, count: int | None = None) -> LabelledPictures:
    """Pictures of a split, ``count`` of them, in its order."""
    stop = None if count is None else start + count
    read = datasets.read(name, split, start=start, stop=stop, data_dir=os.environ.get("TFDS_DATA_DIR"))
    usable = [(example.image, example.label) for example in read if example.image is not None]
    return LabelledPictures(tuple(image for image, _ in usable), np.asarray([label for _, label in usable], np.int64))
