"""Walks the images that two jobs share, in the lists of a comparison, with DuckDB over ``comparison.parquet``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api.readers.column_name import quoted
from api.readers.file_cache import FileCache
from api.readers.images.image_tables import ImageTables
from api.readers.report_reader import ReportReader
from jobs.errors import ObjectNotFound
from jobs.results.comparison.document import TABLE
from jobs.specs.compare_spec import CompareSpec

ListName = Literal["all", "broken", "fixed", "least-alike"]
LISTS: tuple[tuple[ListName, str], ...] = (
    ("broken", "broken"),
    ("fixed", "fixed"),
    ("least-alike", "least alike maps"),
    ("all", "all images of both"),
)
"""With their names for people."""
CORRELATION = ".spearman"
_SOURCE = "read_parquet(?, file_row_number = true)"


@dataclass(frozen=True)
class ListedImages:
    """One list: how many images, and the first of them."""

    name: ListName
    title: str
    images: int
    first: str


@dataclass(frozen=True)
class ComparedPlace:
    """Where an image stands in a list: its neighbours, its place from 1; and how alike its maps are, by method."""

    before: str | None
    after: str | None
    place: int
    total: int
    correlations: dict[str, float | None]


class ComparisonLists:
    """Reads the tables of comparisons; safe among threads."""

    def __init__(self, reports: ReportReader, cache: FileCache, tables: ImageTables) -> None:
        self._reports = reports
        self._cache = cache
        self._tables = tables

    def lists(self, job_id: str) -> list[ListedImages]:
        """Those that hold an image; none of a comparison that is not over."""
        try:
            path, found = self._path(job_id), []
        except ObjectNotFound:
            return []
        columns = self._columns(path)
        for name, title in LISTS:
            condition, order = _list(name, columns)
            statement = f"""
                SELECT count(*), first(image_id ORDER BY {order})
                FROM {_SOURCE} WHERE {condition}
            """  # noqa: S608  (all names are columns of our own)
            [(images, first)] = self._tables.rows(statement, [path])
            if first is not None:
                found.append(ListedImages(name, title, images, first))
        return found

    def place(self, job_id: str, name: ListName, image_id: str) -> ComparedPlace:
        """Where an image stands in a list.

        Raises:
            ObjectNotFound: the comparison is not over, or the list does not hold the image.
        """
        path = self._path(job_id)
        columns = self._columns(path)
        alike = [column for column in columns if column.endswith(CORRELATION)]
        condition, order = _list(name, columns)
        statement = f"""
            WITH listed AS (
                SELECT *, lag(image_id) OVER walk AS before, lead(image_id) OVER walk AS after,
                    row_number() OVER walk AS place, count(*) OVER () AS total
                FROM {_SOURCE} WHERE {condition}
                WINDOW walk AS (ORDER BY {order})
            )
            SELECT {", ".join(["before", "after", "place", "total", *map(quoted, alike)])}
            FROM listed WHERE image_id = ?
        """  # noqa: S608  (all names are columns of our own)
        rows = self._tables.rows(statement, [path, image_id])
        if not rows:
            title = dict(LISTS)[name]
            raise ObjectNotFound(f"the list {title!r} of comparison {job_id} does not hold an image {image_id!r}")
        before, after, number, total, *values = rows[0]
        methods = [column.removesuffix(CORRELATION) for column in alike]
        return ComparedPlace(before, after, number, total, correlations=dict(zip(methods, values, strict=True)))

    def _path(self, job_id: str) -> str:
        try:
            files = self._reports.report(job_id, CompareSpec.kind_name()).artifacts
        except ObjectNotFound as error:
            raise ObjectNotFound(f"comparison {job_id} has compared no images so far") from error
        table = next((file for file in files if file.name == TABLE), None)
        if table is None:
            raise ObjectNotFound(f"comparison {job_id} left no table of images")
        return str(self._cache.path(table.key))

    def _columns(self, path: str) -> list[str]:
        return [str(row[0]) for row in self._tables.rows("DESCRIBE SELECT * FROM read_parquet(?)", [path])]


def _list(name: ListName, columns: list[str]) -> tuple[str, str]:
    """Which rows belong to the list, and their order, as SQL."""
    alike = [quoted(column) for column in columns if column.endswith(CORRELATION)]
    lowest = f"least({', '.join(alike)})" if alike else "CAST(NULL AS DOUBLE)"
    return {
        "broken": ("change = 'broken'", "second_confidence DESC NULLS LAST, file_row_number"),
        "fixed": ("change = 'fixed'", "first_confidence DESC NULLS LAST, file_row_number"),
        "least-alike": (f"{lowest} IS NOT NULL", f"{lowest}, file_row_number")
        if alike
        else ("false", "file_row_number"),
        "all": ("true", "file_row_number"),
    }[name]
