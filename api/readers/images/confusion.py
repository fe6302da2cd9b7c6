"""Counts how often each class was taken for each."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.images.image_tables import SOURCE, ImageTables, Table


@dataclass(frozen=True)
class Taken:
    """So many images of the class ``label`` were predicted as ``prediction``."""

    label: int
    prediction: int
    count: int


def count_confusions(tables: ImageTables, job_id: str) -> tuple[Taken, ...]:
    """All pairs that occur, by label and prediction; images without either are left out."""
    table = tables.of_job(job_id)
    return tables.kept(_count, table) if table.files.images else ()


def _count(tables: ImageTables, table: Table) -> tuple[Taken, ...]:
    statement = f"""
        SELECT label, prediction, count(*) FROM {SOURCE} WHERE label IS NOT NULL AND prediction IS NOT NULL
        GROUP BY label, prediction ORDER BY label, prediction
    """  # noqa: S608
    return tuple(Taken(*map(int, row)) for row in tables.rows(statement, [list(table.files.images)]))
