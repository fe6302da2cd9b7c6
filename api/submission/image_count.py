"""Counts the images that a job is about, before it is planned: for quotas."""

from __future__ import annotations

from itertools import islice

from api.readers.dataset_index import DatasetIndex
from jobs.errors import InvalidSpec
from jobs.listings.image_listing import is_picture
from jobs.names.dataset_place import place_of
from jobs.plan import split_bounds
from jobs.specs.audit_spec import AuditSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.spec import AnySpec
from store.base import ObjectStore

MOST_LISTED = 10_000_000
_OF_IMAGES = (ExplainSpec, EvaluateSpec, AuditSpec)


class ImageCount:
    """Counts by what data sets say of themselves, and by the pictures that lie in a folder."""

    def __init__(self, store: ObjectStore, datasets: DatasetIndex) -> None:
        self._store = store
        self._datasets = datasets

    def of(self, spec: AnySpec) -> int:
        """How many images the job explains, evaluates or audits at most.

        A folder counts with all of its pictures, or with as many as the slice can hold. What is in tar and Parquet
        files, or elsewhere in S3, is not known before the job is planned: there only the slice counts.
        """
        if not isinstance(spec, _OF_IMAGES):
            return 0
        item = self._datasets.find(spec.dataset)
        if item is not None and item.splits is not None:
            return _of_split(spec.split, item.splits)
        most = _stop_of(spec.split)
        place = place_of(spec.dataset)
        if place is None or place.bucket or place.file:
            return most or 0
        listed = (info for info in self._store.list(place.folder) if is_picture(info.key.removeprefix(place.folder)))
        return sum(1 for _ in islice(listed, most or MOST_LISTED))


def _of_split(split: str, sizes: dict[str, int]) -> int:
    try:
        _, start, stop = split_bounds(split, sizes=sizes)
    except InvalidSpec:
        return 0  # the check of the specification says so
    return stop - start


def _stop_of(split: str) -> int | None:
    """How many images a slice can hold; None where it has no end, or one by share."""
    low, _, high = split.partition("[")[2].removesuffix("]").partition(":")
    if not high.isdecimal():
        return None
    return max(0, int(high) - (int(low) if low.isdecimal() else 0))
