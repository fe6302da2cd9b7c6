"""Gives the photograph of an explained image: read again from its data set, or the small one that its job kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from api.readers.images.result_query import FoundImage
from api.readers.photographs.listed_pictures import ListedPictures
from api.readers.photographs.tfds_pictures import has_picture, tfds_picture
from api.readers.pictures.picture_cache import Picture, PictureCache
from api.readers.pictures.raw_map_reader import DAMAGED, RawMapReader
from api.readers.report_reader import ReportReader
from drawing.encoding import jpeg
from drawing.photograph import photograph
from jobs.errors import ObjectNotFound
from jobs.names.dataset_place import place_of

log = structlog.get_logger()
Source = Literal["read again", "kept"]
JPEG = "image/jpeg"
_AT_ONCE = 2
"""Pictures that are decoded at the same time: the largest take 200 MB each meanwhile."""


@dataclass(frozen=True)
class Photograph:
    """A photograph as JPEG; unless it was read again, it is the small one that the job kept, until it can be."""

    data: bytes
    read_again: bool


class PhotographReader:
    """Photographs as the network saw them, at more of their own resolution where they can be read again."""

    def __init__(
        self, listed: ListedPictures, reports: ReportReader, maps: RawMapReader, tfds_dir: Path | None
    ) -> None:
        self._reports = reports
        self._maps = maps
        self._listed = listed
        self._tfds_dir = tfds_dir or Path.home() / "tensorflow_datasets"
        self._cache = PictureCache()
        self._decoding = threading.BoundedSemaphore(_AT_ONCE)

    def source(self, job_id: str, found: FoundImage, dataset: str) -> Source | None:
        """Where the photograph would come from; None where there is none. Nothing is decoded."""
        if place_of(dataset) is not None:
            again = self._listed.has_picture(job_id, dataset, found.record.image_id)
        else:
            split = self._split(job_id)
            again = split is not None and has_picture(self._tfds_dir, dataset, split)
        if again:
            return "read again"
        return "kept" if self._kept(job_id, found) is not None else None

    def photograph(self, job_id: str, found: FoundImage, dataset: str, *, longest: int) -> Photograph | None:
        """The photograph, or None where there is none.

        Args:
            job_id: of the job that saw it.
            found: the image.
            dataset: as the job's specification names it.
            longest: most pixels of the longer side, where it is read again.
        """

        def make() -> Picture:
            data = self._made(job_id, found, dataset, longest)
            if data is None:
                raise ObjectNotFound("it cannot be read again")
            return Picture(data, JPEG)

        try:
            again = self._cache.made((job_id, found.step, found.record.image_id, str(longest)), make)
            return Photograph(again.data, read_again=True)
        except ObjectNotFound:
            kept = self._kept(job_id, found)
            return None if kept is None else Photograph(kept, read_again=False)

    def _made(self, job_id: str, found: FoundImage, dataset: str, longest: int) -> bytes | None:
        """Read again and cut, as the model of the job saw it."""
        stored, plan = self._stored(job_id, found, dataset), self._reports.plan(job_id)
        if stored is None or plan is None or plan.model is None:
            return None
        height, width = plan.model.height_and_width
        try:
            with self._decoding:
                return jpeg(photograph(stored, height=height, width=width, longest=longest))
        except ValueError as error:
            log.info("photograph_not_decoded", job=job_id, image=found.record.image_id, error=str(error))
            return None

    def _stored(self, job_id: str, found: FoundImage, dataset: str) -> bytes | None:
        record = found.record
        if place_of(dataset) is not None:
            return self._listed.picture(job_id, dataset, record.image_id)
        split = self._split(job_id)
        if split is None:
            return None
        return tfds_picture(self._tfds_dir, dataset, split, index=record.index, image_id=record.image_id)

    def _split(self, job_id: str) -> str | None:
        """The name of the split of a job, without a slice."""
        plan = self._reports.plan(job_id)
        return None if plan is None else plan.split

    def _kept(self, job_id: str, found: FoundImage) -> bytes | None:
        try:
            return self._maps.photograph(job_id, found.step, found.record.image_id)
        except (ObjectNotFound, *DAMAGED):
            return None
