"""How each measure of a job's maps is spread over its images: a histogram with its bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api.readers.column_name import quoted
from api.readers.images.image_tables import SOURCE, ImageTables, MeasureColumn, Table

BINS = 20
_TAIL = 0.005
"""Share of the images at either end that have no bins of their own: a few far away would leave one bar."""


@dataclass(frozen=True)
class Bin:
    """Images whose value is above ``low``, and at most ``high``; None is no bound."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Distribution:
    """The histogram of one measure of the maps of one method."""

    column: MeasureColumn
    images: int
    bins: tuple[Bin, ...]


def distributions(tables: ImageTables, job_id: str) -> tuple[Distribution, ...]:
    """One for each measure that the images have; two passes over the columns, however many there are."""
    return tables.kept(_of_table, tables.of_job(job_id))


def _of_table(tables: ImageTables, table: Table) -> tuple[Distribution, ...]:
    columns = tables.measures(table)
    if not columns:
        return ()
    bounds = _bounds(tables, table, columns)
    edges = {column: _edges(low, high) for column, (low, high) in zip(columns, bounds, strict=True)}
    counted = _counts(tables, table, edges)
    return tuple(
        Distribution(column, sum(counts), _bins(edges[column], counts))
        for column, counts in zip(columns, counted, strict=True)
    )


def _bounds(tables: ImageTables, table: Table, columns: Sequence[MeasureColumn]) -> list[tuple[float, float]]:
    """Where the bins of each begin and end; what is infinite or no number is left aside."""
    told = ", ".join(
        f"approx_quantile({name}, [{_TAIL}, {1 - _TAIL}]) FILTER (isfinite({name}))"
        for name in (quoted(each.column) for each in columns)
    )
    (row,) = tables.rows(f"SELECT {told} FROM {SOURCE}", [list(table.files.images)])  # noqa: S608
    return [(float(found[0]), float(found[1])) if found else (0.0, 0.0) for found in row]


def _edges(low: float, high: float) -> list[float]:
    """Upper bounds of all bins but the last, round enough to be read in an address."""
    if not low < high:
        return [low]
    digits = 2 - math.floor(math.log10((high - low) / BINS))
    width = (high - low) / BINS
    return sorted({round(low + width * number, digits) for number in range(1, BINS)})


def _counts(tables: ImageTables, table: Table, edges: dict[MeasureColumn, list[float]]) -> list[list[int]]:
    told = ", ".join(f"histogram({quoted(each.column)}, {bounds!r}::DOUBLE[])" for each, bounds in edges.items())
    (row,) = tables.rows(f"SELECT {told} FROM {SOURCE}", [list(table.files.images)])  # noqa: S608
    return [
        [int(found.get(edge, 0)) for edge in (*bounds, math.inf)]
        for found, bounds in zip(row, edges.values(), strict=True)
    ]


def _bins(edges: Sequence[float], counts: Sequence[int]) -> tuple[Bin, ...]:
    bounds = (None, *edges, None)
    return tuple(Bin(low, high, count) for low, high, count in zip(bounds, bounds[1:], counts, strict=False))
