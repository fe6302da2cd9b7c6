"""The rows of a few reports, gathered as a worker gathers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from jobs import keys
from jobs.job import Job
from jobs.plan import Plan
from jobs.results.report import Report
from store.base import ObjectStore
from store.memory import MemoryStore
from workers.tables.gathered_images import GatheredImages, gathered_images
from workers.tables.image_part import NAME, records_of


@contextmanager
def gathered(
    job: Job, plan: Plan, reports: Sequence[Report], store: ObjectStore | None = None
) -> Iterator[GatheredImages]:
    """All rows, in the order of the reports."""
    by_step = {report.step: report for report in reports}
    with gathered_images(job, plan, by_step, store or MemoryStore("nothing"), check=lambda: None) as images:
        yield images


def stored_report(store: ObjectStore, job_id: str, step: str) -> Report:
    """The report of a step, with the records of its images."""
    report = Report.decode(store.get(keys.report(job_id, step)))
    if report.rows is None:
        return report
    part = pq.read_table(pa.BufferReader(store.get(report.rows.key)))
    return report.model_copy(update={"records": records_of(part)})


def image_ids(store: ObjectStore, job_id: str) -> list[str]:
    """The id of each image of a job that has ended, as often as it stands there."""
    found: list[str] = pq.read_table(pa.BufferReader(store.get(keys.file(job_id, NAME)))).column("image_id").to_pylist()
    return found


def outcomes(store: ObjectStore, job_id: str) -> dict[str, str]:
    """How each image of a job that has ended came out, by its id."""
    table = pq.read_table(pa.BufferReader(store.get(keys.file(job_id, NAME))))
    return dict(zip(table.column("image_id").to_pylist(), table.column("outcome").to_pylist(), strict=True))
