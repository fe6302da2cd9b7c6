"""Reads the rows of Parquet files as labelled pictures, a few at a time, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ml.data.example import DatasetDescription, Example, slice_of
from ml.data.image_size import ImageSize
from ml.data.images import decode
from ml.data.parquet_columns import ROWS_AT_ONCE, open_table
from ml.errors import BadImage

Row = tuple[Any, Any]
"""A cell of the column of pictures, and one of the labels."""
BROKEN = (pa.ArrowException, OSError, ValueError, KeyError)


@dataclass(frozen=True)
class Table:
    """A Parquet file.

    Attributes:
        path: which file it is.
        rows: in it; 1 where it cannot be read.
        problem: why not.
    """

    path: str
    rows: int
    problem: str = ""


@dataclass(frozen=True, eq=False)
class ParquetPictures:
    """A data set in Parquet; a ``ml.data.picture_source.PictureSource``.

    Attributes:
        description: its name, classes and splits.
        tables: the files of each split, in order.
        image: the column of the pictures.
        label: the column of the labels, which not every file needs to have, or None.
        labels: class index of what stands in that column, as text.
        open: opens a file, which is read from any place; raises errors that are not of ``BROKEN`` where a later try
            may succeed.
        max_bytes: larger pictures are refused.
    """

    description: DatasetDescription
    tables: Mapping[str, Sequence[Table]]
    image: str
    label: str | None
    labels: Mapping[str, int]
    open: Callable[[str], BinaryIO]
    max_bytes: int
    fixed: bool = False  # a file of the same size may hold others

    def read(
        self, split: str, *, start: int = 0, stop: int | None = None, image_size: ImageSize | None = None
    ) -> Iterator[Example]:
        """The pictures of a slice in order; a bad picture, or a damaged file, gives examples with an error."""
        indices = slice_of(self.description, split, start, stop)
        for table, first, places in self._parts(split, indices):
            rows = self._rows(table, range(first, first + len(places)))
            for index, row, (cell, label) in zip(places, range(first, first + len(places)), rows, strict=True):
                yield self._example(index, _image_id(table, row, cell), (cell, label), image_size)

    def identify(self, split: str, index: int) -> Example:
        """One example without its picture: its row is read, and nothing decoded."""
        places = slice_of(self.description, split, index, index + 1)
        [(table, first, _)] = self._parts(split, places)
        [(cell, label)] = self._rows(table, range(first, first + 1))
        return Example(_image_id(table, first, cell), index, self._label(label), None)

    def one_at_a_time(self) -> ParquetPictures:
        """The same: pictures are decoded when they are asked for."""
        return self

    def _parts(self, split: str, indices: range) -> Iterator[tuple[Table, int, range]]:
        """Which rows of which files these are: the file, its first row, and the places in the split."""
        before = 0
        for table in self.tables[split]:
            start, stop = max(indices.start, before), min(indices.stop, before + table.rows)
            if start < stop:
                yield table, start - before, range(start, stop)
            before += table.rows

    def _rows(self, table: Table, rows: range) -> Iterator[Row]:
        """Picture and label of each row; a ``BadImage`` in place of a picture that cannot be read."""
        done, problem = rows.start, table.problem
        try:
            if not problem:
                with closing(self.open(table.path)) as file:
                    for row in self._read(open_table(file), rows, table.path):
                        yield row
                        done += 1
                problem = f"the file {table.path!r} has fewer rows than when the job was planned"
        except MemoryError:  # of this machine, not of the file
            raise
        except BROKEN as error:
            problem = _unreadable(table.path, error)
        yield from _lost(rows.stop - done, problem)

    def _read(self, table: pq.ParquetFile, rows: range, path: str) -> Iterator[Row]:
        """The rows, group by group: a damaged group costs its own rows only."""
        before = 0
        for group in range(table.num_row_groups):
            size = table.metadata.row_group(group).num_rows
            start, stop = max(rows.start - before, 0), min(rows.stop - before, size)
            before += size
            if start >= stop:
                continue
            done = 0
            try:
                for row in self._read_group(table, group, range(start, stop)):
                    yield row
                    done += 1
            except MemoryError:
                raise
            except BROKEN as error:
                yield from _lost(stop - start - done, _unreadable(path, error))

    def _read_group(self, table: pq.ParquetFile, group: int, rows: range) -> Iterator[Row]:
        columns = [self.image, *([self.label] if self.label is not None else [])]
        before = 0
        for batch in table.iter_batches(batch_size=ROWS_AT_ONCE, row_groups=[group], columns=columns):
            start, stop = max(rows.start - before, 0), min(rows.stop - before, batch.num_rows)
            before += batch.num_rows
            if start < stop:
                part = batch.slice(start, stop - start)
                labels = part.column(self.label).to_pylist() if self.label in part.schema.names else [None] * len(part)
                yield from zip(part.column(self.image).to_pylist(), labels, strict=True)
            if before >= rows.stop:
                return

    def _example(self, index: int, image_id: str, row: Row, size: ImageSize | None) -> Example:
        cell, label = row
        try:
            image = decode(self._bytes(cell), size)
        except BadImage as error:
            return Example(image_id, index, self._label(label), None, error=str(error))
        return Example(image_id, index, self._label(label), image)

    def _bytes(self, cell: Any) -> bytes:
        if isinstance(cell, BadImage):
            raise cell
        data = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(data, bytes):
            where = f", only the path {cell['path'][:200]!r}" if isinstance(cell, dict) and cell.get("path") else ""
            raise BadImage(f"the row holds no bytes of a picture{where}")
        if len(data) > self.max_bytes:
            raise BadImage(
                f"the picture has {len(data) >> 20} MiB, more than the {self.max_bytes >> 20} MiB of a picture"
            )
        return data

    def _label(self, value: Any) -> int | None:
        return self.labels.get(str(int(value) if isinstance(value, bool) else value)) if value is not None else None


def _unreadable(path: str, error: BaseException) -> str:
    return f"the file {path!r} cannot be read: {' '.join(str(error).split())[:300]}"


def _lost(count: int, problem: str) -> Iterator[Row]:
    return ((BadImage(problem), None) for _ in range(count))


def _image_id(table: Table, row: int, cell: Any) -> str:
    """The file, the number of the row, and the name of the picture, if it has one."""
    path = cell.get("path") if isinstance(cell, dict) else None
    name = PurePosixPath(path).name if isinstance(path, str) else ""
    return f"{table.path.rpartition('.')[0]}/{row:07d}{f' {name}' if name else ''}"
