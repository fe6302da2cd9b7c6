"""Keeps small photographs of the images that the job's report may show, and drops all others as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs.results.record import ImageRecord
from ml.figures.gallery import small_jpeg
from workers.kinds.explain.report.selection import select

_CHOOSE_EVERY = 64


class Photographs:
    """The photographs of one shard: a report of all shards shows no image of this one that its own report would not."""

    def __init__(self) -> None:
        self._records: list[ImageRecord] = []
        self._images: dict[str, npt.NDArray[np.uint8]] = {}
        self._jpegs: dict[str, bytes] = {}

    def add(self, record: ImageRecord, image: npt.NDArray[np.uint8]) -> None:
        """Take in an explained image (H, W, 3)."""
        self._records.append(record)
        self._images[record.image_id] = image
        if len(self._images) >= _CHOOSE_EVERY:
            self._choose()

    def restore(self, records: Iterable[ImageRecord], jpegs: Mapping[str, bytes]) -> None:
        """Begin with the photographs that ``jpegs`` gave, of images with these records."""
        self._jpegs = dict(jpegs)
        self._records = [record for record in records if record.image_id in self._jpegs]

    def jpegs(self) -> dict[str, bytes]:
        """The small photographs by image id."""
        self._choose()
        return self._jpegs

    def _choose(self) -> None:
        """Encode what is still shown, and forget the rest."""
        shown = {record.image_id for record in select(self._records).shown()}
        self._records = [record for record in self._records if record.image_id in shown]
        self._jpegs = {
            image_id: self._jpegs.get(image_id) or small_jpeg(Image.fromarray(self._images[image_id]))
            for image_id in (record.image_id for record in self._records)
        }
        self._images.clear()
