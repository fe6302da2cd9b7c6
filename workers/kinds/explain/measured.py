"""The numbers of a job's maps, read from its rows one measure at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.results.images.image_row import measure_column
from ml.evaluation.mean_interval import mean_interval
from workers.tables.gathered_images import GatheredImages

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """The rows of a job, and the methods that it explained by."""

    images: GatheredImages
    methods: tuple[str, ...]

    def of(self, method: str, name: str) -> Numbers:
        """The finite numbers of a measure of a method's maps, (n,)."""
        return self.images.numbers(measure_column(method, name))

    def every(self, method: str, name: str) -> Numbers:
        """The numbers of a measure, one for each image (N,), NaN where there is none."""
        return self.column(measure_column(method, name))

    def column(self, name: str) -> Numbers:
        """A column of numbers, one for each image (N,), NaN where there is none."""
        if name not in self.images.schema.names:
            return np.full(sum(len(batch) for batch in self.images.batches("index")), np.nan)
        found: Numbers = self.images.column(name).to_numpy().astype(np.float64)
        return found


def spread(values: Numbers) -> dict[str, Any]:
    """Mean with its 95 % interval, median and number of images; nothing of no number."""
    found = mean_interval(values)
    return {} if found is None else {**asdict(found), "median": float(np.median(values))}
