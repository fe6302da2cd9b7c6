"""Where an image stands in a filtered and sorted list, and which come before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.images.conditions import all_of, conditions
from api.readers.images.image_tables import SOURCE, ImageTables, Table
from api.readers.images.order import Order, Position
from jobs.errors import ObjectNotFound
from jobs.results.images.image_filter import ImageFilter


@dataclass(frozen=True)
class Neighbours:
    """The place of an image in a list.

    Attributes:
        position: from 1; None where the list leaves the image out. ``previous`` and ``next`` are then those between
            which it would stand.
        total: images in the list.
        previous, next: ids; None at either end.
    """

    position: int | None
    total: int
    previous: str | None
    next: str | None


def neighbours(tables: ImageTables, job_id: str, wanted: ImageFilter, image_id: str) -> Neighbours:
    """Find the place of an image; nothing is sorted as a whole, however long the list is.

    Raises:
        ObjectNotFound: the job has no such image (yet).
    """
    table = tables.of_job(job_id)
    order = Order.of(table, wanted)
    here, listed = _place(tables, table, order, wanted, image_id)
    statement, parameters = _around(table, order, wanted, here)
    before, total, previous, following = tables.rows(statement, parameters)[0]
    return Neighbours(int(before) + 1 if listed else None, int(total), previous, following)


def _place(
    tables: ImageTables, table: Table, order: Order, wanted: ImageFilter, image_id: str
) -> tuple[Position, bool]:
    """Where the image stands, and whether the filter lets it pass."""
    if table.files.images:
        passes, given = all_of(conditions(table, wanted))
        statement = f"SELECT {order.columns}, ({passes}) FROM {SOURCE} WHERE image_id = ? LIMIT 1"  # noqa: S608
        for missing, place, index, listed in tables.rows(statement, [*given, list(table.files.images), image_id]):
            return Position(missing, place, index), bool(listed)
    raise ObjectNotFound(f"job has no image {image_id!r}")


def _around(table: Table, order: Order, wanted: ImageFilter, here: Position) -> tuple[str, list[object]]:
    """How many come before, how many there are, and the ids of the nearest two."""
    passes, given = all_of(conditions(table, wanted))
    files = list(table.files.images)
    listed = f"SELECT {order.columns} FROM {SOURCE} WHERE {passes}"  # noqa: S608
    statement = f"""
        WITH counted AS (SELECT count(*) FILTER ({order.before}) AS before, count(*) AS total FROM ({listed})),
        earlier AS (SELECT "index" FROM ({listed}) WHERE {order.before} ORDER BY {order.reversed_clause} LIMIT 1),
        later AS (SELECT "index" FROM ({listed}) WHERE {order.after} ORDER BY {order.clause} LIMIT 1),
        named AS (
            SELECT "index", image_id FROM {SOURCE}
            WHERE "index" IN (SELECT "index" FROM earlier UNION ALL SELECT "index" FROM later)
        )
        SELECT before, total,
            (SELECT image_id FROM named WHERE "index" = (SELECT "index" FROM earlier)),
            (SELECT image_id FROM named WHERE "index" = (SELECT "index" FROM later))
        FROM counted
    """  # noqa: S608  (all names are columns of our own; values are parameters)
    place, source = order.parameters(here), [files, *given]
    return statement, [*place, *source, *source, *place, *source, *place, files]
