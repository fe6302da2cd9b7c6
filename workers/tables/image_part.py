"""The rows of a shard's images as one Parquet file: stored beside its report, gathered when the job ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import Corrupt
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.columns import (
    IMAGE_COLUMNS,
    MAP_COLUMNS,
    ORIGIN_COLUMNS,
    TOP_COLUMNS,
    Column,
    Image,
    Map,
    Origin,
    cells,
)
from jobs.results.images.image_row import IMAGE, RECORD, image_row, measure_columns
from jobs.results.record import ImageRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from store.base import ObjectStore
from store.verified import verified_bytes

NAME = "images.parquet"
PARQUET = "application/vnd.apache.parquet"
MAPS = "maps"
"""The column that holds a list of maps: of each, the columns of ``results.parquet`` that concern it."""
# A look-up of one record reads one group.
_ROWS_PER_GROUP = 512
_INDEXED = {column.name for column in IMAGE}


def part_schema(methods: Sequence[str]) -> pa.Schema:
    """What is filtered and sorted by, the record, and what ``results.parquet`` says besides."""
    indexed = [pa.field(column.name, pa.type_for_alias(column.type)) for column in (*IMAGE, *measure_columns(methods))]
    told: tuple[Column[Any], ...] = (*IMAGE_COLUMNS, *TOP_COLUMNS, *ORIGIN_COLUMNS)
    flat = (column for column in told if column.name not in _INDEXED)
    maps = pa.list_(pa.struct(list(map(_field, MAP_COLUMNS))))
    return pa.schema([*indexed, pa.field(RECORD, pa.string()), *map(_field, flat), pa.field(MAPS, maps)])


def image_part(job: Job, plan: Plan, report: Report, records: Sequence[ImageRecord]) -> pa.Table:
    """One row for each image of a report, in order.

    Args:
        job: whose images they are.
        plan: of the job.
        report: of the step; names the files with the raw maps.
        records: of the step's images.
    """
    methods = job.spec.methods if isinstance(job.spec, ExplainSpec) else ()
    names = plan.model.class_names if plan.model else ()
    dataset = job.spec.dataset if isinstance(job.spec, ExplainSpec) else None
    origin = cells(ORIGIN_COLUMNS, Origin(report, dataset, plan.split, plan.model))
    rows = [{**origin, **_row(record, names, report)} for record in records]
    return pa.Table.from_pylist(rows, schema=part_schema(methods))


def encode_part(part: pa.Table) -> bytes:
    """The rows as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(part, sink, compression="zstd", row_group_size=_ROWS_PER_GROUP)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_part(job: Job, plan: Plan, report: Report, store: ObjectStore) -> pa.Table:
    """The rows of a report's images; made of its records where 0.1.0 has written it.

    Raises:
        Corrupt, ObjectNotFound: the file is not what the report names.
    """
    if report.rows is None:
        return image_part(job, plan, report, report.records)
    data = verified_bytes(report.rows, store)
    try:
        return pq.read_table(pa.BufferReader(data))
    except (pa.ArrowInvalid, OSError) as error:
        raise Corrupt(f"{report.rows.key} cannot be read: {error}") from error


def records_of(part: pa.Table) -> tuple[ImageRecord, ...]:
    """The records of some rows.

    Raises:
        Corrupt: they are none.
    """
    return tuple(ImageRecord.decode(text.encode()) for text in part.column(RECORD).to_pylist())


def _row(record: ImageRecord, names: tuple[str, ...], report: Report) -> dict[str, Any]:
    image = Image(record, names)
    raw = {artifact.name: artifact for artifact in report.artifacts}
    maps = [Map(method, image, raw.get(f"{report.step}/{method.method}.npz")) for method in record.methods]
    return {
        **cells(IMAGE_COLUMNS, image),
        **cells(TOP_COLUMNS, image),
        **image_row(record, step=report.step, code_version=report.code_version),
        MAPS: [cells(MAP_COLUMNS, each) for each in maps],
    }


def _field(column: Column[Any]) -> pa.Field:
    return pa.field(column.name, pa.type_for_alias(column.type))
