"""All images of a job with their maps, read page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from api.readers.images.result_query import FoundImage, ResultQuery, ResultReader
from api.readers.pictures.raw_map_reader import RawMapReader
from jobs.job import Job
from jobs.models.model import PublishedModel
from jobs.results.images.image_filter import ImageFilter
from jobs.results.record import ImageRecord, MethodRecord

_IMAGES_A_PAGE = 200


@dataclass(frozen=True)
class JobImages:
    """The images of one job that a filter lets pass.

    Attributes:
        model: that the images were shown to.
    """

    job: Job
    model: PublishedModel
    wanted: ImageFilter
    results: ResultReader
    maps: RawMapReader

    def __iter__(self) -> Iterator[FoundImage]:
        after: str | None = None
        while True:
            query = ResultQuery(self.wanted, limit=_IMAGES_A_PAGE, after=after)
            found, after = self.results.page(self.job.id, query)
            yield from found
            if after is None:
                return

    def class_name(self, label: int | None) -> str | None:
        """The name of a class, or its number where it has none."""
        if label is None:
            return None
        names = self.model.class_names
        return names[label] if 0 <= label < len(names) else str(label)

    def map_of(self, found: FoundImage, map_: MethodRecord) -> npt.NDArray[np.float32] | None:
        """A raw map (h, w); None where none was kept.

        Raises:
            ObjectNotFound: its file is not there.
            Unreadable: it is damaged.
        """
        stored = self.maps.map_of(self.job.id, found, map_)
        return None if stored is None else stored.scaled

    def map_of_prediction(self, record: ImageRecord) -> MethodRecord | None:
        """The first map that explains the predicted class, of the method that the filter names if it names one."""
        return next(
            (
                each
                for each in record.methods
                if each.target == record.prediction and self.wanted.method in {None, each.method}
            ),
            None,
        )
