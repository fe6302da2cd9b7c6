"""Opens the stores in which data sets lie: that of this installation, and buckets in which jobs may read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from jobs.errors import InvalidSpec
from jobs.names.dataset_place import check_place, place_of
from store.base import ObjectStore
from store.key import InvalidKey
from store.open_store import open_store
from store.s3.options import S3Options

_WITHIN_S = 5.0


@dataclass(frozen=True)
class DatasetBuckets:
    """Where in S3 jobs may read pictures.

    Attributes:
        prefixes: such as ``s3://bucket/pictures``; nowhere where there are none.
        s3: how to reach the server.
    """

    prefixes: tuple[str, ...] = ()
    s3: S3Options = field(default_factory=S3Options)


NO_BUCKETS = DatasetBuckets()


class DatasetStores:
    """Stores by the names of data sets."""

    def __init__(self, store: ObjectStore, buckets: DatasetBuckets) -> None:
        self._store = store
        self._prefixes = buckets.prefixes
        # Somebody looks at the page meanwhile: a bucket that does not answer is not asked again and again.
        self._s3 = replace(buckets.s3, connect_timeout_s=_WITHIN_S, read_timeout_s=_WITHIN_S, max_attempts=1)

    def of(self, dataset: str) -> ObjectStore | None:
        """Where its files lie; None where that is no store, or none in which jobs may read (any more)."""
        place = place_of(dataset)
        if place is None or not place.bucket:
            return None if place is None else self._store
        try:
            check_place(dataset, allowed=self._prefixes, field="dataset")
            return _opened(place.bucket, self._s3)
        except (InvalidSpec, InvalidKey, ValueError):
            return None


@lru_cache(maxsize=8)
def _opened(url: str, options: S3Options) -> ObjectStore:
    """The store of a bucket, which is kept because its client is slow to make."""
    return open_store(url, s3=options)
