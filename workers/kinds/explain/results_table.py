"""``results.parquet``: one flat row for each image and method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.job import Job
from jobs.plan import Plan
from jobs.results.columns import (
    COLUMNS,
    IMAGE_COLUMNS,
    MAP_COLUMNS,
    ORIGIN_COLUMNS,
    TOP_COLUMNS,
    Cell,
    Image,
    Map,
    Origin,
    cells,
)
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec

Row = dict[str, Cell]
ROWS_PER_GROUP = 20_000
SCHEMA = pa.schema([(column.name, pa.type_for_alias(column.type)) for column in COLUMNS])


def write_results(path: Path, job: Job, plan: Plan, reports: Iterable[Report]) -> int:
    """Write all rows, a bounded number at a time, and say how many there are.

    An image that failed has one row, without a method.
    """
    rows = (row for report in reports for row in _rows_of(job, plan, report))
    written = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        while group := list(islice(rows, ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=SCHEMA))
            written += len(group)
    return written


def _rows_of(job: Job, plan: Plan, report: Report) -> Iterator[Row]:
    names = plan.model.class_names if plan.model else ()
    dataset = job.spec.dataset if isinstance(job.spec, ExplainSpec) else None
    origin = cells(ORIGIN_COLUMNS, Origin(report, dataset, plan.split, plan.model))
    files = {artifact.name: artifact for artifact in report.artifacts}
    for record in report.records:
        image = Image(record, names)
        of_image = {**origin, **cells(IMAGE_COLUMNS, image), **cells(TOP_COLUMNS, image)}
        maps = (Map(each, image, files.get(f"{report.step}/{each.method}.npz")) for each in record.methods)
        yield from ({**of_image, **cells(MAP_COLUMNS, each)} for each in maps)
        if not record.methods:
            yield of_image
