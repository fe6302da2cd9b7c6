"""``results.parquet``: one flat row for each image and method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.results.columns import COLUMNS, MAP_COLUMNS
from workers.tables.gathered_images import GatheredImages
from workers.tables.image_part import MAPS
from workers.tables.row_groups import row_groups

ROWS_PER_GROUP = 20_000
SCHEMA = pa.schema([(column.name, pa.type_for_alias(column.type)) for column in COLUMNS])
_OF_MAPS = frozenset(column.name for column in MAP_COLUMNS)
_OF_IMAGES = tuple(column.name for column in COLUMNS if column.name not in _OF_MAPS)


def write_results(path: Path, images: GatheredImages) -> int:
    """Write all rows, a bounded number at a time, and say how many there are.

    An image that failed has one row, without a method.
    """
    written = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for group in row_groups(map(flat_rows, images.batches(*_OF_IMAGES, MAPS)), rows=ROWS_PER_GROUP):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            written += len(group)
    return written


def flat_rows(images: pa.RecordBatch) -> pa.Table:
    """One row for each map of these images, the columns of the image repeated."""
    maps: Any = images.column(MAPS)
    # An image without maps keeps its row: -1 stands for no map.
    counts = np.maximum(maps.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), 0)
    repeats = np.maximum(counts, 1)
    of_image = np.repeat(np.arange(len(images)), repeats)
    of_map = np.where(np.repeat(counts > 0, repeats), _places(counts, repeats), -1)
    flattened = maps.flatten()
    chosen = pa.array(of_map, mask=of_map < 0)
    columns = {name: images.column(name).take(pa.array(of_image)) for name in _OF_IMAGES}
    columns |= {name: flattened.field(name).take(chosen) for name in _OF_MAPS}
    return pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def _places(counts: Any, repeats: Any) -> Any:
    """Of each row, the place of its map among all maps."""
    first_row = np.cumsum(repeats) - repeats
    first_map = np.cumsum(counts) - counts
    within = np.arange(int(repeats.sum())) - np.repeat(first_row, repeats)
    return np.repeat(first_map, repeats) + within
