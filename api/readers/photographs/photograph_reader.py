"""Gives the photograph of an explained image: read again from its data set, or the small one that its job kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from api.readers.photographs.listed_pictures import ListedPictures
from api.readers.photographs.tfds_pictures import has_picture, tfds_picture
from api.readers.picture_cache import Picture, PictureCache
from api.readers.raw_map_reader import DAMAGED, RawMapReader
from api.readers.report_reader import ReportReader
from api.readers.result_query import FoundImage
from drawing.encoding import jpeg
from drawing.photograph import photograph
from jobs.names.dataset_place import place_of
from store.base import ObjectStore

log = structlog.get_logger()
Source = Literal["read again", "kept"]
JPEG = "image/jpeg"


@dataclass(frozen=True)
class DataSet:
    """What a job looked at: its data set as the specification names it, the name of the split without a slice."""

    name: str
    split: str


class PhotographReader:
    """Photographs as the network saw them, at more of their own resolution where they can be read again."""

    def __init__(self, store: ObjectStore, reports: ReportReader, maps: RawMapReader, tfds_dir: Path | None) -> None:
        self._reports = reports
        self._maps = maps
        self._listed = ListedPictures(store)
        self._tfds_dir = tfds_dir or Path.home() / "tensorflow_datasets"
        self._cache = PictureCache()

    def source(self, job_id: str, found: FoundImage, dataset: str) -> Source | None:
        """Where the photograph would come from; None where there is none. Nothing is decoded."""
        seen = self._seen(job_id, dataset)
        if seen is not None and place_of(dataset) is None and has_picture(self._tfds_dir, dataset, seen.split):
            return "read again"
        if place_of(dataset) is not None and self._listed.picture(job_id, dataset, found.record.image_id) is not None:
            return "read again"
        return "kept" if self._kept(job_id, found) is not None else None

    def photograph(self, job_id: str, found: FoundImage, dataset: str) -> bytes | None:
        """The photograph (JPEG), or None where there is none."""
        name = (job_id, found.step, found.record.image_id)
        return self._cache.made(name, lambda: Picture(self._made(job_id, found, dataset) or b"", JPEG)).data or None

    def _made(self, job_id: str, found: FoundImage, dataset: str) -> bytes | None:
        stored = self._stored(job_id, found, dataset)
        plan = self._reports.plan(job_id)
        if stored is not None and plan is not None and plan.model is not None:
            height, width = plan.model.height_and_width
            try:
                return jpeg(photograph(stored, height=height, width=width))
            except ValueError as error:
                log.info("photograph_not_decoded", job=job_id, image=found.record.image_id, error=str(error))
        return self._kept(job_id, found)

    def _stored(self, job_id: str, found: FoundImage, dataset: str) -> bytes | None:
        record, seen = found.record, self._seen(job_id, dataset)
        if place_of(dataset) is not None:
            return self._listed.picture(job_id, dataset, record.image_id)
        if seen is None:
            return None
        return tfds_picture(self._tfds_dir, seen.name, seen.split, index=record.index, image_id=record.image_id)

    def _seen(self, job_id: str, dataset: str) -> DataSet | None:
        plan = self._reports.plan(job_id)
        return None if plan is None or plan.split is None else DataSet(dataset, plan.split)

    def _kept(self, job_id: str, found: FoundImage) -> bytes | None:
        try:
            return self._maps.photograph(job_id, found.step, found.record.image_id)
        except DAMAGED:
            return None
