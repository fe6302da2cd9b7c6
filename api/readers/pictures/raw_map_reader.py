"""Reads one raw map, or one photograph, of the packed files that a shard made."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from api.readers.file_cache import FileCache
from api.readers.images.result_query import FoundImage
from api.readers.report_reader import ReportReader
from api.readers.unreadable import Unreadable
from jobs.errors import ObjectNotFound
from jobs.models.artifact import GALLERY, Artifact
from jobs.results.record import MethodRecord

# What zipfile and NumPy raise for bytes that are not what they should be; RuntimeError for a header that names a
# compression nobody knows.
DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, EOFError, RuntimeError)


@dataclass(frozen=True, eq=False)
class RawMap:
    """A map as it was stored.

    Attributes:
        values: (h, w) float16, in units of the map's own largest magnitude.
        scale: to multiply them by.
    """

    values: npt.NDArray[np.float16]
    scale: float

    @property
    def scaled(self) -> npt.NDArray[np.float32]:
        """(h, w) in the units of the method."""
        return self.values.astype(np.float32) * np.float32(self.scale)


class RawMapReader:
    """Maps and photographs of images whose records are known."""

    def __init__(self, reports: ReportReader, cache: FileCache) -> None:
        self._reports = reports
        self._cache = cache

    def raw_map(self, job_id: str, step: str, *, method: str, row: int) -> npt.NDArray[np.float32]:
        """A map (h, w) in units of its own largest magnitude; see ``stored_map``."""
        return np.asarray(self.stored_map(job_id, step, method=method, row=row).values, np.float32)

    def stored_map(self, job_id: str, step: str, *, method: str, row: int) -> RawMap:
        """A map with its scale.

        The maps of a shard are unpacked once, and then read where the row lies: those of Integrated Gradients take
        100 kB each.

        Raises:
            ObjectNotFound: the step kept no raw maps of this method.
        """
        packed = self._file(job_id, step, f"{step}/{method}.npz")
        if packed is None:
            raise ObjectNotFound(f"step {step} of job {job_id} kept no raw maps of {method!r}")
        values = self._array(packed, "maps")[row]
        return RawMap(np.array(values, np.float16), float(self._array(packed, "scale")[row]))

    def map_of(self, job_id: str, found: FoundImage, map_: MethodRecord) -> RawMap | None:
        """The raw map of an image; None where none was kept.

        Raises:
            ObjectNotFound: its file is not there.
            Unreadable: it is damaged.
        """
        if map_.raw_row is None:
            return None
        try:
            return self.stored_map(job_id, found.step, method=map_.method, row=map_.raw_row)
        except DAMAGED as error:
            raise Unreadable(f"the raw maps of image {found.record.image_id!r} are damaged: {error}") from error

    def photograph(self, job_id: str, step: str, image_id: str) -> bytes | None:
        """The small photograph (JPEG) that the step kept of an image for the report, or None."""
        gallery = self._file(job_id, step, f"{step}/{GALLERY}")
        if gallery is None:
            return None
        with np.load(self._cache.path(gallery.key), allow_pickle=False) as arrays:
            places = np.flatnonzero(arrays["image_ids"] == image_id)
            if not len(places):
                return None
            ends = [0, *arrays["ends"].tolist()]
            start, stop = ends[places[0]], ends[places[0] + 1]
            return bytes(arrays["photos"][start:stop])

    def _file(self, job_id: str, step: str, name: str) -> Artifact | None:
        files = self._reports.report(job_id, step).files
        return next((file for file in files if file.name == name), None)

    def _array(self, packed: Artifact, name: str) -> npt.NDArray[np.floating]:
        unpacked = self._cache.made(f"{packed.key} {name}", partial(self._unpack, packed, name))
        return np.asanyarray(np.load(unpacked, mmap_mode="r", allow_pickle=False))

    def _unpack(self, packed: Artifact, name: str, path: Path) -> None:
        with (
            zipfile.ZipFile(self._cache.path(packed.key)) as archive,
            archive.open(f"{name}.npy") as source,
            path.open("wb") as target,
        ):
            shutil.copyfileobj(source, target)
