"""One page of a filtered and sorted list of images: by its number, or behind a position."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.images.conditions import all_of, conditions
from api.readers.images.image_tables import SOURCE, ImageTables, Table
from api.readers.images.order import Order, Position
from jobs.results.images.image_filter import INDEX, ImageFilter


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes:
        number: from 1.
        size: images on each page but the last.
        total: images in the list.
    """

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """Images before this page."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Images up to the end of this page."""
        return min(self.start + self.size, self.total)

    @property
    def count(self) -> int:
        """Images on this page."""
        return max(self.stop - self.start, 0)


def positions_after(
    tables: ImageTables, table: Table, wanted: ImageFilter, *, start: Position | None, limit: int
) -> list[Position]:
    """Where the images stand that follow a position, or the first ones, in order."""
    order, (passes, given) = Order.of(table, wanted), all_of(conditions(table, wanted))
    behind, place = (order.after, order.parameters(start)) if start is not None else ("true", [])
    statement = f"""
        SELECT missing, place, "index" FROM (SELECT {order.columns} FROM {SOURCE} WHERE {passes})
        WHERE {behind} ORDER BY {order.clause} LIMIT ?
    """  # noqa: S608  (all names are columns of our own; values are parameters)
    return _positions(tables.rows(statement, [list(table.files.images), *given, *place, limit]))


def positions_of_page(tables: ImageTables, table: Table, wanted: ImageFilter, *, page: Page) -> list[Position]:
    """The same of a page by its number; one in the second half of the list is found from the end."""
    order, (passes, given) = Order.of(table, wanted), all_of(conditions(table, wanted))
    left = max(page.total - page.stop, 0)
    backwards = left < page.start
    clause, offset = (order.reversed_clause, left) if backwards else (order.clause, page.start)
    statement = f"""
        SELECT missing, place, "index" FROM (SELECT {order.columns} FROM {SOURCE} WHERE {passes})
        ORDER BY {clause} LIMIT ? OFFSET ?
    """  # noqa: S608
    found = _positions(tables.rows(statement, [list(table.files.images), *given, page.count, offset]))
    return found[::-1] if backwards else found


def total(tables: ImageTables, table: Table, wanted: ImageFilter) -> int:
    """Images in the list."""
    clusters = table.files.clusters if wanted.cluster else None
    return tables.kept(_total, table, wanted.but(sort=INDEX), clusters)


def _total(tables: ImageTables, table: Table, wanted: ImageFilter, _clusters: str | None) -> int:
    passes, given = all_of(conditions(table, wanted))
    rows = tables.rows(f"SELECT count(*) FROM {SOURCE} WHERE {passes}", [list(table.files.images), *given])  # noqa: S608
    return int(rows[0][0])


def _positions(rows: list[tuple[bool, float | str, int]]) -> list[Position]:
    return [Position(bool(missing), place, int(index)) for missing, place, index in rows]
