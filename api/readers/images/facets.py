"""Counts the images of a list by each thing that they can be filtered by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.readers.images.conditions import Condition, conditions
from api.readers.images.image_tables import CLUSTERED, SOURCE, ImageTables, Table
from jobs.results.images.cluster_table import CLUSTER, IMAGE_ID
from jobs.results.images.image_filter import CONFIDENCE, INDEX, ImageFilter
from jobs.results.images.image_row import FLAGS

CONFIDENCE_BINS = 10
_FACETS = ("outcome", "label", "prediction", CONFIDENCE, "flag", CLUSTER)


@dataclass(frozen=True)
class Facets:
    """How many images have each value. What the list asks of the value itself is left aside in its own counts.

    Attributes:
        total: images that fulfil everything.
        confidence: by tenth, from 0 (0.0 to 0.1) to 9, to which a confidence of 1 belongs.
        flag: None where the job has no flags by image.
        cluster: None where no audit put the images into clusters.
    """

    total: int = 0
    outcome: dict[str, int] = field(default_factory=dict)
    label: dict[int, int] = field(default_factory=dict)
    prediction: dict[int, int] = field(default_factory=dict)
    confidence: dict[int, int] = field(default_factory=dict)
    flag: dict[str, int] | None = None
    cluster: dict[int, int] | None = None


def count_facets(tables: ImageTables, job_id: str, wanted: ImageFilter) -> Facets:
    """Count in one pass over the images, however many facets there are."""
    table = tables.of_job(job_id)
    unsorted = wanted.but(sort=INDEX)
    return tables.kept(_count, table, unsorted, table.files.clusters) if table.files.images else Facets()


def _count(tables: ImageTables, table: Table, wanted: ImageFilter, clusters: str | None) -> Facets:
    asked, flagged = conditions(table, wanted), FLAGS in table.columns
    statement = _statement(asked, flagged=flagged, clustered=clusters is not None)
    given = [value for each in asked for value in each.parameters]
    rows = tables.rows(statement, [*given, list(table.files.images), *([clusters] if clusters else [])])
    found = {name: _counts(rows, place) for place, name in enumerate(_FACETS)}
    flags, of_cluster = found.pop("flag"), found.pop(CLUSTER)
    return Facets(
        **found,
        flag=_by_flag(flags) if flagged else None,
        cluster=of_cluster if clusters else None,
        total=next(row[-1] for row in rows if row[0] == _EVERYTHING),
    )


_EVERYTHING = 2 ** len(_FACETS) - 1
"""The grouping of all images: each bit says that a facet is not told apart, the first facet's is the highest."""


# Alone, `least` would take what is missing for the last bin.
_BIN = f"""
    CASE WHEN {CONFIDENCE} IS NOT NULL
    THEN CAST(least(floor({CONFIDENCE} * {CONFIDENCE_BINS}), {CONFIDENCE_BINS - 1}) AS INTEGER) END
"""


def _statement(asked: Sequence[Condition], *, flagged: bool, clustered: bool) -> str:
    """Rows of: grouping, the value of each facet, the count of each facet without its own condition, and of all."""
    passes = "".join(f", ({each.sql}) AS passes_{number}" for number, each in enumerate(asked))
    names = ", ".join(f'"{name}"' for name in _FACETS)
    counts = ", ".join(f"count(*) FILTER ({_others(asked, name)})" for name in (*_FACETS, None))
    sets = ", ".join(f'("{name}")' for name in _FACETS)
    source = f"{SOURCE} LEFT JOIN {CLUSTERED} USING ({IMAGE_ID})" if clustered else SOURCE
    return f"""
        WITH seen AS (
            SELECT outcome, label, prediction, {FLAGS if flagged else "NULL"} AS flag,
                {CLUSTER if clustered else "NULL"} AS {CLUSTER}, {_BIN} AS {CONFIDENCE}{passes}
            FROM {source}
        )
        SELECT GROUPING({names}), {names}, {counts} FROM seen GROUP BY GROUPING SETS ({sets}, ())
    """  # noqa: S608  (all names are columns of our own; values are parameters)


def _others(asked: Sequence[Condition], facet: str | None) -> str:
    """What the list asks besides a facet."""
    return " AND ".join(f"passes_{number}" for number, each in enumerate(asked) if each.facet != facet) or "true"


def _counts(rows: Sequence[tuple[Any, ...]], place: int) -> dict[Any, int]:
    """Of one facet; values that no image has are left out."""
    grouping = _EVERYTHING - (1 << (len(_FACETS) - 1 - place))
    of_facet = ((row[1 + place], row[1 + len(_FACETS) + place]) for row in rows if row[0] == grouping)
    return dict(sorted((value, count) for value, count in of_facet if value is not None and count))


def _by_flag(combined: dict[str, int]) -> dict[str, int]:
    """Each flag apart, of counts by all flags of an image together."""
    counted: Counter[str] = Counter()
    for flags, count in combined.items():
        counted.update(dict.fromkeys(filter(None, flags.split(",")), count))
    return dict(sorted(counted.items()))
