"""Opens the Parquet files of a job's images in DuckDB; knows their columns."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from api.readers.column_name import quoted
from api.readers.images.result_files import ResultFileReader, ResultFiles
from jobs.results.images.image_row import IMAGE, measure_column
from jobs.results.measure import MEASURES
from jobs.specs import patterns

Found = TypeVar("Found")
SOURCE = "read_parquet(?, union_by_name = true)"
"""Takes a list of files as its parameter."""
CLUSTERED = "read_parquet(?) AS clustered"
"""Takes the file of clusters as its parameter."""
_SETTINGS: dict[str, Any] = {
    "threads": 2,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_OF_IMAGES = frozenset(column.name for column in IMAGE)
_METHOD = re.compile(patterns.METHOD)
_KNOWN = 32
"""Jobs, and states of jobs that run, whose columns are kept."""
_KEPT = 512
"""Counts of lists, of some kilobytes each."""
_ENOUGH_PARTS = 16
"""While a job runs, as many of its shards tell which measures there are."""


@dataclass(frozen=True)
class Table:
    """The images of a job as they are committed now.

    Attributes:
        files: that hold them; none while there are none.
        columns: what they can be filtered and sorted by.
    """

    files: ResultFiles
    columns: tuple[str, ...]

    def measured(self, name: str, method: str | None) -> list[str]:
        """The columns of a measure, of one method or of all."""
        suffix = f".{name}"
        found = [column for column in self.columns if column.endswith(suffix)]
        return found if method is None else [column for column in found if column == method + suffix]


@dataclass(frozen=True)
class MeasureColumn:
    """A measure of the maps of one method."""

    method: str
    measure: str

    @property
    def column(self) -> str:
        """Its name in the table."""
        return measure_column(self.method, self.measure)


class ImageTables:
    """The tables of jobs; safe among threads."""

    def __init__(self, files: ResultFileReader) -> None:
        self.files = files
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._columns = lru_cache(_KNOWN)(self._read_columns)
        self._measures = lru_cache(_KNOWN)(self._read_measures)
        self._kept = lru_cache(_KEPT)(self._found)

    def of_job(self, job_id: str) -> Table:
        """All images that are committed."""
        files = self.files.of_job(job_id)
        return Table(files, self._columns(files.images) if files.images else ())

    def measures(self, table: Table) -> tuple[MeasureColumn, ...]:
        """The measures that at least one image has, in the order of the columns."""
        return self._measures(table) if table.files.images else ()

    def kept(self, find: Callable[..., Found], table: Table, *asked: Hashable) -> Found:
        """What ``find(tables, table, *asked)`` gives; kept where one file holds all images, for that never changes.

        The file of clusters does: another audit makes another one. What reads it names it in ``asked``.
        """
        if len(table.files.images) != 1:
            return find(self, table, *asked)
        found: Found = self._kept(find, table, *asked)
        return found

    def rows(self, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """What a statement finds."""
        with self.opened() as connection:
            found: list[tuple[Any, ...]] = connection.execute(statement, list(parameters)).fetchall()
        return found

    def opened(self) -> duckdb.DuckDBPyConnection:
        """A connection for one thread; what it knows of the files is shared."""
        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(config=_SETTINGS)
                self._connection.execute("SET parquet_metadata_cache = true")
                _lock_down(self._connection, self.files.folders())
            return self._connection.cursor()

    def _found(self, find: Callable[..., Any], table: Table, *asked: Hashable) -> Any:
        return find(self, table, *asked)

    def _read_measures(self, table: Table) -> tuple[MeasureColumn, ...]:
        found = [MeasureColumn(*column.rsplit(".", 1)) for column in table.columns if "." in column]
        if not found:
            return ()
        counts = ", ".join(f"count({quoted(each.column)})" for each in found)
        (row,) = self.rows(f"SELECT {counts} FROM {SOURCE}", [list(table.files.images[:_ENOUGH_PARTS])])  # noqa: S608
        return tuple(each for each, count in zip(found, row, strict=True) if count)

    def _read_columns(self, images: tuple[str, ...]) -> tuple[str, ...]:
        rows = self.rows(f"DESCRIBE SELECT * FROM {SOURCE}", [list(images)])  # noqa: S608
        return tuple(name for name in (str(row[0]) for row in rows) if _is_known(name))


def _lock_down(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Let statements reach the files in these folders and nothing else, for good."""
    allowed = ", ".join("'" + str(folder).replace("'", "''") + "'" for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _is_known(column: str) -> bool:
    """Whether Florescope names columns so: a table that is imported may have any others."""
    method, dot, measure = column.rpartition(".")
    return measure in MEASURES and _METHOD.fullmatch(method) is not None if dot else column in _OF_IMAGES
