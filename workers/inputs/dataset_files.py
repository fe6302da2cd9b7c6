"""The files of a data set, in this store or elsewhere in S3, as they are listed and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from jobs.errors import InvalidSpec
from jobs.names.dataset_place import check_place, check_project, place_of
from store.base import ObjectInfo, ObjectStore
from store.key import InvalidKey
from store.object_file import open_object
from store.open_store import open_store
from store.s3.options import S3Options
from workers.step.services import Services


@dataclass(frozen=True)
class DatasetFiles:
    """A folder of files, by their paths in it.

    Attributes:
        store: where they lie.
        folder: what all keys begin with.
        only: the one file that counts; empty for all.
    """

    store: ObjectStore
    folder: str
    only: str = ""

    @property
    def url(self) -> str:
        """The address of the folder, for messages."""
        return f"{self.folder + self.only!r} in {self.store.url}"

    def list(self) -> Iterator[ObjectInfo]:
        """All files; ``key`` is the path within the folder."""
        if self.only:
            found = self.store.head(self.folder + self.only)
            yield from [ObjectInfo(self.only, found.size)] if found else []
            return
        for info in self.store.list(self.folder):
            yield ObjectInfo(info.key.removeprefix(self.folder), info.size)

    def read(self, path: str, *, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes of a file, or a range of them.

        Raises:
            ObjectNotFound: it is not there any more.
            Corrupt: it was damaged.
        """
        if not start and stop is None:
            return self.store.get(self.folder + path)
        return b"".join(self.store.stream(self.folder + path, start=start, stop=stop))

    def open(self, path: str, *, size: int) -> BinaryIO:
        """A file that is read in parts."""
        return open_object(self.store, self.folder + path, size=size)


def dataset_files(dataset: str, services: Services, *, project: str) -> DatasetFiles | None:
    """The files that a data set names; None where it is named otherwise, as those of TFDS are.

    Raises:
        InvalidSpec: it lies where jobs may not read, or where those of this project may not.
    """
    place = place_of(dataset)
    if place is None:
        return None
    folders = services.folders
    check_place(dataset, allowed=folders.s3_prefixes, field="dataset")
    if not place.bucket:
        check_project(dataset, place, project=project, field="dataset")
    try:
        store = _bucket(place.bucket, folders.s3) if place.bucket else services.store
    except (InvalidKey, ValueError) as error:
        raise InvalidSpec(f"data set {dataset!r}: {error}", field="dataset") from error
    return DatasetFiles(store, place.folder, place.file)


@lru_cache(maxsize=8)
def _bucket(url: str, options: S3Options) -> ObjectStore:
    """A client is slow to make; it serves one process."""
    return open_store(url, s3=options)
