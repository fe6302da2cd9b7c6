"""Finds the images of a shard that look most like one of them to the model, by the features that the shard kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from api.readers.file_cache import FileCache
from api.readers.pictures.raw_map_reader import DAMAGED
from api.readers.report_reader import ReportReader
from jobs.errors import ObjectNotFound

FEATURES = "features.npz"
MOST = 6


@dataclass(frozen=True)
class NearImage:
    """An image; ``similarity`` is the cosine of its pooled features and those of the image that was asked for."""

    image_id: str
    similarity: float


@dataclass(frozen=True)
class NearestImages:
    """The nearest ones, nearest first, of the ``searched`` other images of the shard."""

    images: tuple[NearImage, ...]
    searched: int


class NearestImageReader:
    """Looks through one shard: a few hundred images, in a few milliseconds."""

    def __init__(self, reports: ReportReader, cache: FileCache) -> None:
        self._reports = reports
        self._cache = cache

    def nearest(self, job_id: str, step: str, image_id: str) -> NearestImages | None:
        """The images most like this one; None where the shard kept no features, or none of it."""
        files = self._reports.report(job_id, step).files
        file = next((each for each in files if each.name == f"{step}/{FEATURES}"), None)
        if file is None:
            return None
        try:
            with np.load(self._cache.path(file.key), allow_pickle=False) as arrays:
                ids, features = arrays["image_ids"], arrays["features"].astype(np.float32)
        except (ObjectNotFound, *DAMAGED):
            return None
        places = np.flatnonzero(ids == image_id)
        if not len(places):
            return None
        lengths = np.linalg.norm(features, axis=1)
        here = int(places[0])
        similarity = features @ features[here] / np.maximum(lengths * lengths[here], np.finfo(np.float32).tiny)
        others = np.flatnonzero(np.arange(len(ids)) != here)
        chosen = others[np.argsort(-similarity[others], kind="stable")][:MOST]
        found = tuple(NearImage(str(ids[place]), float(similarity[place])) for place in chosen)
        return NearestImages(found, searched=len(others))
