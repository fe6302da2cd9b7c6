"""The files by which the API looks images up once a job has ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.models.artifact import Artifact
from jobs.results.images.image_lookup import LOOKUP
from jobs.results.images.image_row import RECORD
from jobs.results.record import Outcome
from workers.tables.gathered_images import GatheredImages
from workers.tables.image_part import NAME, PARQUET
from workers.tables.lookup_file import write_lookup
from workers.tables.row_groups import row_groups

PutFile = Callable[[str, Path, str], Artifact]
RECORDS = "records.parquet"
# Few rows a group: a look-up of 50 records among a million reads at most 50 groups.
_RECORDS_PER_GROUP = 512
_IMAGES_PER_GROUP = 65_536
_RECORD_COLUMNS = ("index", "image_id", "step", "code_version", RECORD)


def write_index_files(images: GatheredImages, put_file: PutFile, folder: Path) -> tuple[Artifact, ...]:
    """Three files.

    ``images.parquet`` holds what images are filtered and sorted by, ``records.parquet`` all that is known of each, and
    ``lookup.parquet`` the step of each.

    Args:
        images: of the job.
        put_file: stores a file under a name, with its content type.
        folder: holds them until then.
    """
    names = images.schema.names
    _copy(images, folder / NAME, names[: names.index(RECORD)], rows_per_group=_IMAGES_PER_GROUP)
    _copy(images, folder / RECORDS, list(_RECORD_COLUMNS), rows_per_group=_RECORDS_PER_GROUP, statistics=["index"])
    write_lookup(images, folder / LOOKUP)
    return tuple(put_file(name, folder / name, PARQUET) for name in (NAME, RECORDS, LOOKUP))


def _copy(
    images: GatheredImages, path: Path, columns: list[str], *, rows_per_group: int, statistics: list[str] | bool = True
) -> None:
    """Write some columns; ``statistics`` names those whose minimum and maximum each row group stores.

    Of many groups, those of all columns would make the footer large.
    """
    schema = pa.schema([images.schema.field(name) for name in columns])
    tables = (pa.Table.from_batches([batch.select(columns)], schema) for batch in images.batches(*columns))
    with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=statistics) as writer:
        for group in row_groups(tables, rows=rows_per_group):
            writer.write_table(group, row_group_size=rows_per_group)


def write_errors(images: GatheredImages, path: Path) -> None:
    """One line of JSON for each image that failed."""
    with path.open("w", encoding="utf-8") as file:
        for batch in images.batches("outcome", RECORD):
            failed = batch.filter(pc.equal(batch.column("outcome"), Outcome.ERROR.value))
            file.writelines(f"{text}\n" for text in failed.column(RECORD).to_pylist())
