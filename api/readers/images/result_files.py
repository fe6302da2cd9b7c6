"""The Parquet files that hold a job's images: one for all of them once it has ended, one a shard while it runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path

import duckdb

from api.readers.column_name import quoted
from api.readers.file_cache import FileCache
from api.readers.report_reader import ReportReader
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.results.columns import Cell
from jobs.results.images.cluster_table import CLUSTERS
from jobs.results.images.image_lookup import LOOKUP
from jobs.results.images.image_row import IMAGE, RECORD, RowColumn, image_row, measure_columns
from jobs.results.report import Report
from store.kept_hour import this_hour

# Each costs about 300 bytes of memory.
_KNOWN_STEPS = 100_000
IMAGES, RECORDS = "images.parquet", "records.parquet"


def _no_audit(_: str) -> None:
    """No audit looked at the images of any job."""


@dataclass(frozen=True)
class ResultFiles:
    """Files on this machine, as DuckDB takes them.

    Attributes:
        images: what images are filtered and sorted by.
        records: all that is known of each, by ``index``.
        clusters_of_audit: finds the file that says in which clusters an audit put them, if one did.
    """

    images: tuple[str, ...]
    records: tuple[str, ...]
    clusters_of_audit: Callable[[], str | None] = field(default=lambda: None, compare=False)

    @cached_property
    def clusters(self) -> str | None:
        """In which clusters an audit put the images; looked for once it is asked for. None where none did."""
        return self.clusters_of_audit()


class ResultFileReader:
    """Finds the files of a job, and copies here what lies elsewhere."""

    def __init__(
        self, reports: ReportReader, cache: FileCache, *, audit_of: Callable[[str], str | None] = _no_audit
    ) -> None:
        """Find nothing yet; ``audit_of`` tells which audit looked at the images of a job, if one did."""
        self._reports = reports
        self._audit_of = audit_of
        self._cache = cache
        self._rows = lru_cache(_KNOWN_STEPS)(self._find_rows)

    def folders(self) -> tuple[Path, ...]:
        """Where all of the files lie."""
        return self._cache.folders(keys.JOBS_PREFIX)

    def of_job(self, job_id: str) -> ResultFiles:
        """All images that are committed."""
        with suppress(ObjectNotFound):
            images, records = self._of_whole(job_id, IMAGES), self._of_whole(job_id, RECORDS)
            if images is not None and records is not None:
                return ResultFiles((images,), (records,), partial(self._clusters, job_id))
        parts = tuple(self._parts(job_id))
        return ResultFiles(parts, parts)

    def of_step(self, job_id: str, step: str) -> ResultFiles:
        """The images of one step; none where it is not committed."""
        try:
            part = self._part(job_id, step)
        except ObjectNotFound:
            return ResultFiles((), ())
        found = () if part is None else (part,)
        return ResultFiles(found, found)

    def lookup(self, job_id: str) -> str | None:
        """The file that says in which step an image is; None before the job is over, and of one of an older release."""
        with suppress(ObjectNotFound):
            return self._of_whole(job_id, LOOKUP)
        return None

    def _of_whole(self, job_id: str, name: str) -> str | None:
        file = self._reports.file(job_id, name)
        return None if file is None else str(self._cache.path(file.key))

    def _clusters(self, job_id: str) -> str | None:
        """Of the audit that looked at the images, which may be the job itself."""
        audit_id = self._audit_of(job_id)
        return self._of_whole(audit_id, CLUSTERS) if audit_id else None

    def _parts(self, job_id: str) -> Iterator[str]:
        for step in self._reports.steps(job_id):
            part = self._part(job_id, step)
            if part is not None:
                yield part

    def _part(self, job_id: str, step: str) -> str | None:
        rows = self._rows(job_id, step, this_hour())
        if rows is not None:
            return str(self._cache.path(rows))
        report = self._reports.report(job_id, step)
        if not report.records:
            return None
        name = f"{keys.report(job_id, step)} {report.attempt}"
        return str(self._cache.made(name, lambda path: _write_rows(report, path)))

    def _find_rows(self, job_id: str, step: str, _hour: int) -> str | None:
        """The key of a step's rows; None where its report has none."""
        rows = self._reports.report(job_id, step).rows
        return None if rows is None else rows.key


def _write_rows(report: Report, path: Path) -> None:
    """The rows of a report that 0.1.0 has written, whose records stand in itself."""
    methods = tuple(dict.fromkeys(method.method for record in report.records for method in record.methods))
    columns = (*IMAGE, *measure_columns(methods), RowColumn(RECORD, "string"))
    rows = Path(f"{path}.jsonl")
    try:
        with rows.open("w", encoding="utf-8") as file:
            for record in report.records:
                row = image_row(record, step=report.step, code_version=report.code_version)
                file.write(json.dumps({column.name: _text(row.get(column.name)) for column in columns}) + "\n")
        _convert(rows, path, columns)
    finally:
        rows.unlink(missing_ok=True)


def _convert(rows: Path, path: Path, columns: tuple[RowColumn, ...]) -> None:
    names = {quoted(column.name): _TYPES[column.type] for column in columns}
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in names.items())
    texts = {column.name: "VARCHAR" for column in columns}
    with duckdb.connect() as connection:
        read = connection.read_json(str(rows), columns=texts, format="newline_delimited")
        read.project(casts).write_parquet(str(path))


_TYPES = {"int32": "INTEGER", "int64": "BIGINT", "float64": "DOUBLE", "string": "VARCHAR", "bool": "BOOLEAN"}


def _text(value: Cell) -> str | None:
    """A cell as text, which can hold an infinite number."""
    return None if value is None else str(value)
