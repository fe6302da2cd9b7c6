"""Reads the picture in one row of a Parquet file in a store: the file's footer and one row group, never more.

What is read is laid at its own place in an otherwise empty (sparse) file of the same length on this disk, which DuckDB
takes for the whole: the footer says where each row group lies, and DuckDB passes over the groups that it does not need.
The form of the file: https://parquet.apache.org/docs/file-format/.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from api.readers.column_name import quoted
from api.readers.file_cache import FileCache
from store.base import ObjectStore

GROUP_BYTES = 128 * 2**20
"""Most bytes of the pictures in a row group, stored or unpacked; in a larger one none is looked for."""
FOOTER_BYTES = 16 * 2**20
_MAGIC, _TAIL = b"PAR1", struct.Struct("<I4s")
_SETTINGS: dict[str, Any] = {
    "threads": 1,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_GROUPS = """
    SELECT row_group_id, any_value(row_group_num_rows), min(coalesce(dictionary_page_offset, data_page_offset)),
        max(coalesce(dictionary_page_offset, data_page_offset) + total_compressed_size), sum(total_uncompressed_size)
    FROM parquet_metadata(?) WHERE path_in_schema = ? OR starts_with(path_in_schema, ?)
    GROUP BY row_group_id ORDER BY row_group_id
"""
Span = tuple[int, int]


@dataclass(frozen=True)
class TableRow:
    """Where a picture lies in a table.

    Attributes:
        key: of the table in its store.
        size: of the table, in bytes.
        column: that holds the pictures.
        row: counted from 0.
    """

    key: str
    size: int
    column: str
    row: int


class TableRows:
    """Pictures in tables; the row groups that were read last are kept on this disk."""

    def __init__(self, kept: FileCache) -> None:
        self._kept = kept
        self._fetching = threading.Lock()  # of many pictures of one group, which a gallery shows, the first fetches it

    def cell(self, store: ObjectStore, place: TableRow) -> tuple[bytes, str] | None:
        """The bytes of the picture and its file's name; None where there are none, or the group is too large.

        Raises:
            ObjectNotFound, StoreUnavailable: the table is gone, or its store does not answer.
        """
        name = f"{store.url} {place.key} {place.size} {place.column}"
        try:
            with self._fetching, duckdb.connect(config=_SETTINGS) as connection:
                footer = self._kept.made(f"{name} footer", lambda path: _write_footer(path, store, place))
                found = _group(connection, footer, place)
                if found is None:
                    return None
                number, span = found
                group = self._kept.made(f"{name} {number}", lambda path: _write_group(path, footer, store, place, span))
            return _read(group, place)
        except (duckdb.Error, ValueError):
            return None


def _write_footer(path: Path, store: ObjectStore, place: TableRow) -> None:
    tail = _bytes(store, place, (place.size - _TAIL.size, place.size))
    length, magic = _TAIL.unpack(tail) if len(tail) == _TAIL.size else (0, b"")
    start = place.size - _TAIL.size - length
    if magic != _MAGIC or length > FOOTER_BYTES or start < len(_MAGIC):
        raise ValueError(f"{place.key} is no Parquet file of {place.size} bytes")
    _lay(path, place.size, {0: _MAGIC, start: _bytes(store, place, (start, place.size))})


def _write_group(path: Path, footer: Path, store: ObjectStore, place: TableRow, span: Span) -> None:
    with footer.open("rb") as file:
        file.seek(place.size - _TAIL.size)
        start = place.size - _TAIL.size - _TAIL.unpack(file.read())[0]
        file.seek(start)
        _lay(path, place.size, {0: _MAGIC, span[0]: _bytes(store, place, span), start: file.read()})


def _lay(path: Path, size: int, parts: dict[int, bytes]) -> None:
    with path.open("wb") as file:
        file.truncate(size)
        for start, data in parts.items():
            file.seek(start)
            file.write(data)


def _bytes(store: ObjectStore, place: TableRow, span: Span) -> bytes:
    return b"".join(store.stream(place.key, start=span[0], stop=span[1]))


def _group(connection: duckdb.DuckDBPyConnection, footer: Path, place: TableRow) -> tuple[int, Span] | None:
    """The row group that holds the row, and where its pictures lie in the file."""
    before = 0
    for number, rows, start, stop, unpacked in _groups(connection, footer, place.column):
        if place.row < before + rows:
            fits = 0 < start < stop <= place.size and max(stop - start, unpacked) <= GROUP_BYTES
            return (number, (start, stop)) if fits else None
        before += rows
    return None


def _groups(connection: duckdb.DuckDBPyConnection, footer: Path, column: str) -> Iterator[tuple[int, ...]]:
    yield from connection.execute(_GROUPS, [os.fspath(footer), column, f"{column}, "]).fetchall()


def _read(group: Path, place: TableRow) -> tuple[bytes, str] | None:
    column = quoted(place.column)
    query = f"SELECT {column} FROM read_parquet(?, file_row_number = true) WHERE file_row_number = ?"  # noqa: S608
    with duckdb.connect(config=_SETTINGS) as connection:
        row = connection.execute(query, [os.fspath(group), place.row]).fetchone()
    cell = row[0] if row else None
    data, name = (cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (cell, None)
    return (data, PurePosixPath(name).name if isinstance(name, str) else "") if isinstance(data, bytes) else None
