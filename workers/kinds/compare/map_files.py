"""Raw maps of other jobs, unpacked on this machine and read where they lie."""

from __future__ import annotations

import shutil
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jobs.errors import Corrupt, ObjectNotFound
from ml.damaged_archive import DAMAGED_ARCHIVE
from store.base import ObjectStore

OPEN_AT_MOST = 4
"""Maps of at most so many shards lie unpacked at once; a map of Integrated Gradients takes 100 kB."""


class MapFiles:
    """Keeps the files that were used last in a folder, which the caller removes."""

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._open: OrderedDict[str, npt.NDArray[np.float16]] = OrderedDict()

    def maps(self, key: str, sha256: str) -> npt.NDArray[np.float16]:
        """All maps of a file, (n, h, w), each in units of its own largest magnitude.

        Raises:
            Corrupt: the file is gone, or damaged.
        """
        if key not in self._open:
            while len(self._open) >= OPEN_AT_MOST:
                self._path(self._open.popitem(last=False)[0]).unlink()
            self._open[key] = self._unpacked(key, sha256)
        self._open.move_to_end(key)
        return self._open[key]

    def _unpacked(self, key: str, sha256: str) -> npt.NDArray[np.float16]:
        packed, path = self._folder / "packed.npz", self._path(key)
        try:
            self._store.get_file(key, packed, sha256=sha256)
            with zipfile.ZipFile(packed) as archive, archive.open("maps.npy") as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            found: npt.NDArray[np.float16] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (ObjectNotFound, *DAMAGED_ARCHIVE) as error:
            raise Corrupt(f"the raw maps in {key} cannot be read: {error}") from error
        finally:
            packed.unlink(missing_ok=True)
        return found

    def _path(self, key: str) -> Path:
        return self._folder / f"{key.replace('/', '_')}.npy"
