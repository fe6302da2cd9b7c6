"""Finds where the raw maps of a method lie: the file, and the row in it, for each image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jobs import keys
from workers.kinds.compare.side import NO_CLASS, Labels, Side
from workers.tables.image_part import MAPS

NO_FILE = -1


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """The first map of a method, of the n images that both jobs have.

    Attributes:
        files: (n,) place of the file in ``keys``; -1 where no raw map was kept.
        rows: (n,) row in that file.
        targets: (n,) the class that the map explains, -1 where there is no map.
        keys: of the files, each with the digest that its report names.
    """

    files: NDArray[np.int32]
    rows: NDArray[np.int32]
    targets: Labels
    keys: tuple[tuple[str, str], ...]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(n,): whether there is a raw map."""
        return np.asarray(self.files != NO_FILE)


def map_places(side: Side, method: str) -> MapPlaces:
    """Of a method's maps of the class that was asked for first; not those of further classes, nor of a contrast.

    No map has a file where the raw maps of the job were removed.
    """
    files: dict[tuple[str, str], int] = {}
    folder = keys.job(side.results.job.id)
    parts = [_places(batch.column(MAPS), method, files, folder=folder) for batch in side.images.batches(MAPS)]
    found = np.concatenate(parts, axis=1) if parts else np.empty((3, 0), np.int64)
    places, rows, targets = found[:, side.rows]
    if side.results.heatmaps_removed:
        places = np.full_like(places, NO_FILE)
    return MapPlaces(places.astype(np.int32), rows.astype(np.int32), targets, tuple(files))


def _places(maps: pa.Array, method: str, files: dict[tuple[str, str], int], *, folder: str) -> NDArray[np.int64]:
    """(3, rows): file, row and target of each image; new files are added to ``files``.

    What lies outside of the job's folder is not there: its tables may be imported.
    """
    found = np.full((3, len(maps)), NO_FILE, np.int64)
    each = pc.list_flatten(maps)
    fields = {name: pc.struct_field(each, name) for name in ("method", "rank", "contrast")}
    first = pc.and_(pc.equal(fields["rank"], 1), pc.invert(pc.fill_null(fields["contrast"], fill_value=False)))
    chosen = pc.fill_null(pc.and_(pc.equal(fields["method"], method), first), fill_value=False)
    images = pc.list_parent_indices(maps).filter(chosen).to_numpy()
    key, sha256, row, target = (
        pc.struct_field(each, name).filter(chosen).to_pylist()
        for name in ("raw_key", "raw_sha256", "raw_row", "target")
    )
    found[0, images] = [
        files.setdefault((raw_key, digest), len(files))
        if raw_row is not None and raw_key is not None and raw_key.startswith(folder)
        else NO_FILE
        for raw_key, digest, raw_row in zip(key, sha256, row, strict=True)
    ]
    found[1, images] = [NO_FILE if value is None else value for value in row]
    found[2, images] = [NO_CLASS if value is None else value for value in target]
    return found
