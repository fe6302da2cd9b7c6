"""Writes the file by which single images are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.results.images.image_lookup import HASH, STEP, image_hash
from workers.tables.gathered_images import GatheredImages

ROWS_PER_GROUP = 65_536


def write_lookup(images: GatheredImages, path: Path) -> None:
    """One row for each image; memory holds at most 24 bytes of each."""
    steps: dict[str, int] = {}
    hashes: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    places: list[npt.NDArray[np.int32]] = [np.empty(0, np.int32)]
    for batch in images.batches("image_id", "step"):
        ids, names = (batch.column(name).to_pylist() for name in ("image_id", "step"))
        hashes.append(np.fromiter(map(image_hash, ids), np.int64, len(ids)))
        places.append(np.fromiter((steps.setdefault(name, len(steps)) for name in names), np.int32, len(names)))
    found, where = np.concatenate(hashes), np.concatenate(places)
    hashes.clear()
    places.clear()
    _write_sorted(found, where, pa.array(list(steps), pa.string()), path)


def _write_sorted(hashes: npt.NDArray[np.int64], places: npt.NDArray[np.int32], steps: pa.Array, path: Path) -> None:
    order = np.argsort(hashes)
    schema = pa.schema([(HASH, pa.int64()), (STEP, pa.dictionary(pa.int32(), pa.string()))])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, len(order), ROWS_PER_GROUP):
            rows = order[start : start + ROWS_PER_GROUP]
            named = pa.DictionaryArray.from_arrays(pa.array(places[rows]), steps)
            writer.write_table(pa.table([pa.array(hashes[rows]), named], schema=schema))
