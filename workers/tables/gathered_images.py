"""The rows of all images of a job, gathered from its reports in one pass into a file on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.errors import Corrupt, ObjectNotFound
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.report import Report
from store.base import ObjectStore
from workers.tables.image_part import image_part, read_part
from workers.tables.once_check import OnceCheck
from workers.tables.row_groups import row_groups

ROWS_PER_BATCH = 8192


@dataclass(frozen=True)
class GatheredImages:
    """The rows of ``image_part`` in the plan's order, in an Arrow file.

    The footer of a Parquet file describes each column of each row group, and every reader would parse it.
    """

    path: Path
    schema: pa.Schema

    def batches(self, *columns: str) -> Iterator[pa.RecordBatch]:
        """Some columns of all rows, some thousand rows at a time; nothing else is read."""
        wanted = columns or tuple(self.schema.names)
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(name) for name in wanted])
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file, options=options) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number).select(list(wanted))

    def ids(self) -> Iterator[str]:
        """The id of each image, in order."""
        for batch in self.batches("image_id"):
            yield from batch.column("image_id").to_pylist()

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of all rows."""
        return pa.chunked_array([batch.column(name) for batch in self.batches(name)], self.schema.field(name).type)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """The finite numbers of a column, (n,); what is missing is left out; none where there is no such column."""
        found = [np.empty(0)]
        if name in self.schema.names:
            for batch in self.batches(name):
                values = batch.column(name).drop_null().to_numpy(zero_copy_only=False)
                found.append(values[np.isfinite(values)].astype(np.float64, copy=False))
        return np.concatenate(found)


@contextmanager
def gathered_images(
    job: Job, plan: Plan, reports: Mapping[str, Report], store: ObjectStore, *, check: Callable[[], None]
) -> Iterator[GatheredImages]:
    """Read each report's rows once; memory holds those of a few shards at a time.

    Args:
        job: whose images are gathered.
        plan: of the job.
        reports: by step, in the plan's order.
        store: where the rows lie.
        check: called between shards; may raise to stop.

    Raises:
        Corrupt: rows are missing or damaged, a report does not cover its shard, or an image stands in two places.
    """
    once = OnceCheck(plan)

    def parts() -> Iterator[pa.Table]:
        for step, report in reports.items():
            check()
            part = _part(job, plan, report, store)
            once.add(step, part)
            yield part

    with _written(job, plan, parts()) as images:
        once.finish(images.ids)
        yield images


@contextmanager
def readable_images(
    job: Job, plan: Plan, reports: Mapping[str, Report], store: ObjectStore, unreadable: dict[str, str]
) -> Iterator[GatheredImages]:
    """The same of a job that failed or was cancelled: what cannot be read is left out, and noted by key."""

    def parts() -> Iterator[pa.Table]:
        for report in reports.values():
            try:
                yield read_part(job, plan, report, store)
            except (Corrupt, ObjectNotFound) as error:
                unreadable[report.rows.key if report.rows else report.step] = str(error)

    with _written(job, plan, parts()) as images:
        yield images


@contextmanager
def _written(job: Job, plan: Plan, parts: Iterator[pa.Table]) -> Iterator[GatheredImages]:
    with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
        path = Path(folder) / "gathered.arrow"
        schema = image_part(job, plan, _nothing(plan), ()).schema
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema, options=options) as writer:
            for group in row_groups((_conformed(part, schema) for part in parts), rows=ROWS_PER_BATCH):
                writer.write_table(group.combine_chunks())
        yield GatheredImages(path, schema)


def _conformed(part: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of this release, of rows that another release may have written with fewer or more."""
    columns: list[Any] = [
        pc.cast(part.column(field.name), field.type)
        if field.name in part.schema.names
        else pa.nulls(len(part), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _part(job: Job, plan: Plan, report: Report, store: ObjectStore) -> pa.Table:
    try:
        return read_part(job, plan, report, store)
    except (Corrupt, ObjectNotFound) as error:
        raise Corrupt(
            f"the rows of {report.step} were damaged after they had been written ({error}): submit the job again"
        ) from error


def _nothing(plan: Plan) -> Report:
    return Report(
        job_id=plan.job_id,
        step="",
        attempt="",
        worker="",
        started_at=plan.created_at,
        finished_at=plan.created_at,
    )
