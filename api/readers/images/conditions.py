"""Writes an ``ImageFilter`` as SQL: a condition for each part of it, and the value that images are sorted by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.readers.column_name import quoted
from api.readers.images.image_tables import CLUSTERED, Table
from jobs.errors import InvalidSpec
from jobs.results.columns import IMAGE_COLUMNS
from jobs.results.images.cluster_table import CLUSTER, IMAGE_ID
from jobs.results.images.image_filter import ImageFilter, ValueRange
from jobs.results.images.image_row import FLAGS

_OF_IMAGES = frozenset(column.name for column in IMAGE_COLUMNS)
TEXTS = frozenset({"image_id", "outcome"})
"""Columns that are sorted as texts."""


@dataclass(frozen=True)
class Condition:
    """A part of a filter as SQL; ``facet`` is the name of what it asks about."""

    facet: str
    sql: str
    parameters: tuple[object, ...] = ()


def conditions(table: Table, wanted: ImageFilter) -> tuple[Condition, ...]:
    """All parts of a filter.

    Raises:
        InvalidSpec: flags or clusters are asked for, and the job has none by image.
    """
    return tuple(_conditions(table, wanted))


def all_of(parts: Sequence[Condition]) -> tuple[str, list[object]]:
    """One condition that says all of these, and its parameters."""
    sql = " AND ".join(each.sql for each in parts) or "true"
    return sql, [value for each in parts for value in each.parameters]


def value(table: Table, name: str, method: str | None) -> str:
    """A column or measure of an image; of several methods, the first that was measured so."""
    if name in TEXTS:
        return quoted(name)
    if name in _OF_IMAGES:
        return f"CAST({quoted(name)} AS DOUBLE)"
    measured = ", ".join(map(quoted, table.measured(name, method)))
    return f"COALESCE({measured})" if measured else "CAST(NULL AS DOUBLE)"


def _conditions(table: Table, wanted: ImageFilter) -> Iterator[Condition]:
    named: dict[str, tuple[str, Sequence[object]]] = {
        "outcome": ("outcome", [each.value for each in wanted.outcome]),
        "label": ("label", wanted.label),
        "prediction": ("prediction", wanted.prediction),
        "id": ("image_id", wanted.id),
    }
    yield from (_any_of(facet, column, values) for facet, (column, values) in named.items() if values)
    if wanted.search is not None:
        yield Condition("search", "contains(lower(image_id), lower(?))", (wanted.search,))
    if wanted.flag:
        yield _flagged(table, wanted.flag)
    if wanted.cluster:
        yield _clustered(table, wanted.cluster)
    for each in wanted.range:
        yield _within(table, each, wanted.method)


def _any_of(facet: str, column: str, values: Sequence[object]) -> Condition:
    return Condition(facet, f"{quoted(column)} IN ({', '.join('?' * len(values))})", tuple(values))


def _flagged(table: Table, flags: Sequence[str]) -> Condition:
    if FLAGS not in table.columns:
        raise InvalidSpec(
            "the images of this job cannot be filtered by flags: an earlier release made it, or it has no image yet",
            field="flag",
        )
    told = " OR ".join([f"contains({FLAGS}, ?)"] * len(flags))
    return Condition("flag", f"({told})", tuple(f",{flag}," for flag in flags))


def _clustered(table: Table, clusters: Sequence[int]) -> Condition:
    found = table.files.clusters
    if found is None:
        raise InvalidSpec(
            "the images of this job are in no clusters: an audit of its model and images makes them, of 60 or more",
            field="cluster",
        )
    several = ", ".join("?" * len(clusters))
    sql = f'"image_id" IN (SELECT {IMAGE_ID} FROM {CLUSTERED} WHERE {CLUSTER} IN ({several}))'  # noqa: S608
    return Condition("cluster", sql, (found, *clusters))


def _within(table: Table, wanted: ValueRange, method: str | None) -> Condition:
    found = value(table, wanted.name, method)
    bounds = [(sign, bound) for sign, bound in ((">=", wanted.low), ("<=", wanted.high)) if bound is not None]
    sql = " AND ".join(f"{found} {sign} ?" for sign, _ in bounds)
    return Condition(wanted.name, f"({sql})", tuple(bound for _, bound in bounds))
