"""Puts the rows of many small tables together: a Parquet file of many small row groups is slow to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa


def row_groups(tables: Iterable[pa.Table], *, rows: int) -> Iterator[pa.Table]:
    """All rows in their order, in tables of at least so many rows but for the last."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= rows:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
