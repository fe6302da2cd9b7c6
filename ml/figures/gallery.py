"""Collects small photographs and mean maps by class for the report of an explanation job.

Collected while the images are in memory, so that the report does not have to read them again.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawing.levels import unit_range

Floats = npt.NDArray[np.float32]

PHOTO_SIZE = 224
MAP_SIZE = 32
_JPEG_QUALITY = 82


class ClassMaps:
    """Sums the maps of one method by class, each scaled to its own strength, so that every image counts the same.

    Attributes:
        sums: (MAP_SIZE, MAP_SIZE) by class.
        counts: how many maps are in each sum.
    """

    def __init__(self) -> None:
        self.sums: dict[int, Floats] = {}
        self.counts: dict[int, int] = {}

    def add(self, label: int, heatmap: Floats) -> None:
        """Add one map (h, w) of any size; values that are not finite count as 0."""
        self._take(label, _at_map_size(unit_range(heatmap)), 1)

    def merge(self, other: ClassMaps) -> None:
        """Add the sums of another object."""
        for label, total in other.sums.items():
            self._take(label, total, other.counts[label])

    def mean(self, label: int) -> Floats:
        """The mean map of a class; raises KeyError where there is none."""
        return np.asarray(self.sums[label] / self.counts[label], np.float32)

    def _take(self, label: int, total: Floats, count: int) -> None:
        before = self.sums.get(label)
        self.sums[label] = total if before is None else before + total
        self.counts[label] = self.counts.get(label, 0) + count


class Gallery:
    """Photographs by image id (JPEG, PHOTO_SIZE at most) and class maps by method; can be encoded as bytes."""

    def __init__(self) -> None:
        self.photos: dict[str, bytes] = {}
        self.maps: dict[str, ClassMaps] = defaultdict(ClassMaps)

    def add(self, label: int, heatmaps: Mapping[str, Floats]) -> None:
        """Add an image's maps (h, w) by method, which explain the class ``label``."""
        for method, heatmap in heatmaps.items():
            self.maps[method].add(label, heatmap)

    def encode(self) -> bytes:
        """An ``.npz`` file: ``image_ids``, ``photos`` (all bytes), ``ends``; ``<method>:labels|counts|sums``."""
        ends = np.cumsum([len(photo) for photo in self.photos.values()], dtype=np.int64)
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "image_ids": np.asarray(list(self.photos), dtype=np.str_),
            "photos": np.frombuffer(b"".join(self.photos.values()), np.uint8),
            "ends": ends,
        }
        for method, maps in self.maps.items():
            arrays[f"{method}:labels"] = np.asarray(list(maps.sums), np.int32)
            arrays[f"{method}:counts"] = np.asarray(list(maps.counts.values()), np.int64)
            arrays[f"{method}:sums"] = np.asarray(list(maps.sums.values()), np.float32)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # JPEG does not get any smaller
        return buffer.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> Gallery:
        """Read what ``encode`` wrote."""
        gallery = cls()
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            pictures, ends = arrays["photos"].tobytes(), [0, *arrays["ends"].tolist()]
            for place, image_id in enumerate(arrays["image_ids"].tolist()):
                gallery.photos[image_id] = pictures[ends[place] : ends[place + 1]]
            for name in arrays.files:
                method, _, what = name.partition(":")
                if what == "labels":
                    _fill(gallery.maps[method], *(arrays[f"{method}:{part}"] for part in ("labels", "counts", "sums")))
        return gallery


def small_jpeg(picture: Image.Image, size: int = PHOTO_SIZE) -> bytes:
    """A picture as JPEG, its longer side ``size`` at most."""
    small = picture if picture.mode == "RGB" else picture.convert("RGB")
    if max(small.size) > size:
        small = small.copy()
        small.thumbnail((size, size), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    small.save(
        buffer, "JPEG", quality=_JPEG_QUALITY
    )  # not optimised: optimising takes longer than everything else here
    return buffer.getvalue()


def _fill(maps: ClassMaps, labels: npt.NDArray[np.int32], counts: npt.NDArray[np.int64], sums: Floats) -> None:
    for label, count, total in zip(labels.tolist(), counts.tolist(), sums, strict=True):
        maps.sums[label], maps.counts[label] = total, count


def _at_map_size(heatmap: Floats) -> Floats:
    """Mean over the squares of a coarse grid, (MAP_SIZE, MAP_SIZE); a coarser map is enlarged, bilinear."""
    picture = Image.fromarray(np.ascontiguousarray(heatmap, np.float32))
    way = Image.Resampling.BOX if heatmap.shape[0] >= MAP_SIZE else Image.Resampling.BILINEAR
    return np.asarray(picture.resize((MAP_SIZE, MAP_SIZE), way), np.float32)
