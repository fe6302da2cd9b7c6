"""Filters and sorts the explained images of a job, one page at a time, with DuckDB over its Parquet files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from api.http import cursor
from api.readers.result_files import ResultFileReader, ResultFiles
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.results.columns import IMAGE_COLUMNS, SORTABLE
from jobs.results.image_lookup import HASH, STEP, image_hash
from jobs.results.image_row import RECORD
from jobs.results.record import ImageRecord, Outcome
from jobs.specs.method_name import MethodName

_FILTERS = tuple(column.name for column in IMAGE_COLUMNS if column.filterable)
_OF_IMAGES = frozenset(column.name for column in IMAGE_COLUMNS)
if TYPE_CHECKING:
    Sort = str
else:  # names of columns, which a type checker could not follow
    Sort = Literal[("index", *(f"{sign}{name}" for name in SORTABLE for sign in ("", "-")))]
# Where a record stands: those without the value last, then by value, then by index.
Position = tuple[bool, float, int]


@dataclass(frozen=True)
class FoundImage:
    """A record, the step whose report holds it, and the version of the code that made it."""

    step: str
    record: ImageRecord
    code_version: str | None = None


@dataclass(frozen=True)
class ResultQuery:
    """Which images, in which order.

    Attributes:
        method: whose measures are sorted by; None for the first that has been measured so.
        after: what the page before gave as ``next``.
    """

    outcome: Outcome | None = None
    label: int | None = None
    sort: Sort = "index"
    method: MethodName | None = None
    limit: int = 50
    after: str | None = None

    @property
    def column(self) -> str:
        """The name of what is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def filters(self) -> dict[str, object]:
        """Columns that must have a certain value."""
        wanted = {name: getattr(self, name) for name in _FILTERS}
        return {name: value for name, value in wanted.items() if value is not None}

    def start(self) -> Position | None:
        """The position after which the page begins, or None for the first page.

        Raises:
            InvalidSpec: ``after`` belongs to another list.
        """
        if self.after is None:
            return None
        asked, missing, value, index = cursor.decode(self.after, dict, bool, float, int)
        if asked != self._asked():
            raise InvalidSpec(f"'after' belongs to {_query(asked)}, not to {_query(self._asked())}", field="after")
        return missing, value, index

    def following(self, last: Position) -> str:
        """The ``after`` of the page that begins behind this position: good for the same list only."""
        return cursor.encode(self._asked(), *last)

    def _asked(self) -> dict[str, object]:
        """What makes the list another one."""
        asked = {"sort": self.sort, "method": self.method, **self.filters}
        return {name: value for name, value in asked.items() if value is not None}


class ResultReader:
    """Looks images up in the files of jobs; safe among threads."""

    def __init__(self, files: ResultFileReader) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def page(self, job_id: str, query: ResultQuery) -> tuple[list[FoundImage], str | None]:
        """One page, and the ``after`` of the next one (None at the end).

        Only narrow columns are sorted; the records of the page alone are read.

        Raises:
            InvalidSpec: ``query.after`` is no place in this list.
        """
        start, files = query.start(), self._files.of_job(job_id)
        if not files.images:
            return [], None
        with self._opened() as connection:
            places = _positions(connection, files, query, start)
            shown = places[: query.limit]
            found = _records(connection, files, [index for _, _, index in shown])
        more = len(places) > query.limit
        return [found[index] for _, _, index in shown], query.following(shown[-1]) if more else None

    def find(self, job_id: str, image_id: str, *, step: str | None = None) -> FoundImage:
        """An image by its id; ``step`` says where to look first.

        Raises:
            ObjectNotFound: no report of the job holds it (yet).
        """
        for files in self._likely_first(job_id, image_id, step):
            if files.records:
                with self._opened() as connection:
                    found = connection.execute(
                        f"SELECT step, {RECORD}, code_version FROM {_SOURCE} WHERE image_id = ? LIMIT 1",  # noqa: S608
                        [list(files.records), image_id],
                    ).fetchone()
                if found is not None:
                    return _found(*found)
        raise ObjectNotFound(f"job {job_id} has not explained an image {image_id!r}: its /results list those it has")

    def of_step(self, job_id: str, step: str) -> Iterator[ImageRecord]:
        """The records of a step, in order."""
        files = self._files.of_step(job_id, step)
        if files.records:
            with self._opened() as connection:
                statement = f'SELECT {RECORD} FROM {_SOURCE} ORDER BY "index"'  # noqa: S608
                rows = connection.execute(statement, [list(files.records)]).fetchall()
            yield from (ImageRecord.decode(row[0].encode()) for row in rows)

    def _likely_first(self, job_id: str, image_id: str, step: str | None) -> Iterator[ResultFiles]:
        if step is not None:
            yield self._files.of_step(job_id, step)
        lookup = self._files.lookup(job_id)
        if lookup is None:
            yield self._files.of_job(job_id)
        else:
            yield from (self._files.of_step(job_id, found) for found in self._steps(lookup, image_id))

    def _steps(self, lookup: str, image_id: str) -> list[str]:
        """The steps of all images whose ids have the same hash: nearly always one."""
        statement = f"SELECT DISTINCT {STEP} FROM {_SOURCE} WHERE {HASH} = ?"  # noqa: S608
        with self._opened() as connection:
            rows = connection.execute(statement, [[lookup], image_hash(image_id)]).fetchall()
        return [str(step) for (step,) in rows]

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """A connection for one thread; what it knows of the files is shared."""
        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(config=_SETTINGS)
                self._connection.execute("SET parquet_metadata_cache = true")
            return self._connection.cursor()


_SETTINGS: dict[str, Any] = {
    "threads": 2,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_SOURCE = "read_parquet(?, union_by_name = true)"


def _positions(
    connection: duckdb.DuckDBPyConnection, files: ResultFiles, query: ResultQuery, start: Position | None
) -> list[Position]:
    """Where the images of the page stand, and one more if there is a further page."""
    value = _value(_columns(connection, files), query)
    conditions = [f'"{name}" = ?' for name in query.filters]
    given: list[object] = [str(each) if isinstance(each, Outcome) else each for each in query.filters.values()]
    if start is not None:
        conditions.append(_AFTER if query.column != "index" else '"index" > ?')
        given += [start[0], start[0], start[1], start[1], start[2]] if query.column != "index" else [start[2]]
    sign = "-" if query.sort.startswith("-") else ""
    statement = f"""
        WITH placed AS (
            SELECT {value} IS NULL AS missing, COALESCE({sign}({value}), 0.0) AS place, "index", outcome, label
            FROM {_SOURCE}
        )
        SELECT missing, place, "index" FROM placed
        WHERE {" AND ".join(conditions) or "true"}
        ORDER BY missing, place, "index" LIMIT ?
    """  # noqa: S608  (all names are columns of our own; values are parameters)
    rows = connection.execute(statement, [list(files.images), *given, query.limit + 1]).fetchall()
    return [(bool(missing), float(place), int(index)) for missing, place, index in rows]


_AFTER = '(missing > ? OR (missing = ? AND (place > ? OR (place = ? AND "index" > ?))))'


def _value(columns: tuple[str, ...], query: ResultQuery) -> str:
    """What is sorted by, as SQL: of several methods, the first that was measured so."""
    if query.column in _OF_IMAGES:
        return f'CAST("{query.column}" AS DOUBLE)'
    suffix = f".{query.column}"
    wanted = [name for name in columns if name.endswith(suffix)]
    if query.method is not None:
        wanted = [name for name in wanted if name == query.method + suffix]
    quoted = ", ".join(f'"{name}"' for name in wanted)
    return f"COALESCE({quoted})" if wanted else "CAST(NULL AS DOUBLE)"


def _columns(connection: duckdb.DuckDBPyConnection, files: ResultFiles) -> tuple[str, ...]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {_SOURCE}", [list(files.images)]).fetchall()  # noqa: S608
    return tuple(str(row[0]) for row in rows)


def _records(connection: duckdb.DuckDBPyConnection, files: ResultFiles, indices: list[int]) -> dict[int, FoundImage]:
    if not indices:
        return {}
    statement = f"""
        SELECT "index", step, {RECORD}, code_version FROM {_SOURCE} WHERE "index" IN ({", ".join(map(str, indices))})
    """  # noqa: S608  (whole numbers)
    rows = connection.execute(statement, [list(files.records)]).fetchall()
    return {index: _found(*found) for index, *found in rows}


def _found(step: str, record: str, code_version: str | None) -> FoundImage:
    return FoundImage(step, ImageRecord.decode(record.encode()), code_version)


def _query(asked: dict[str, object]) -> str:
    return "&".join(f"{name}={value}" for name, value in asked.items())
