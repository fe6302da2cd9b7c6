"""The order of a list as SQL: images without the value last, then by the value, then as in the split."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.images.conditions import TEXTS, value
from api.readers.images.image_tables import Table
from jobs.results.images.image_filter import ImageFilter


@dataclass(frozen=True)
class Position:
    """Where an image stands; ``place`` is the value that is sorted by."""

    missing: bool
    place: float | str
    index: int


@dataclass(frozen=True)
class Order:
    """How a list is sorted.

    Attributes:
        value: what is sorted by.
        descending: whether the greatest value comes first.
        as_text: whether it is a text.
    """

    value: str
    descending: bool
    as_text: bool

    @classmethod
    def of(cls, table: Table, wanted: ImageFilter) -> Order:
        """The order that a filter asks for."""
        return cls(value(table, wanted.column, wanted.method), wanted.descending, wanted.column in TEXTS)

    @property
    def columns(self) -> str:
        """``missing``, ``place`` and ``index``, to select."""
        nothing = "''" if self.as_text else "0.0"
        return f'({self.value}) IS NULL AS missing, COALESCE({self.value}, {nothing}) AS place, "index"'

    @property
    def clause(self) -> str:
        """What follows ORDER BY, over these columns."""
        return f'missing, place {"DESC" if self.descending else "ASC"}, "index"'

    @property
    def reversed_clause(self) -> str:
        """``clause`` the other way round, from the end of the list."""
        return f'missing DESC, place {"ASC" if self.descending else "DESC"}, "index" DESC'

    @property
    def after(self) -> str:
        """The condition of all that stand behind ``parameters``, over these columns."""
        return _beyond("<" if self.descending else ">", ">")

    @property
    def before(self) -> str:
        """The condition of all that stand before ``parameters``."""
        return _beyond(">" if self.descending else "<", "<")

    def parameters(self, here: Position) -> list[object]:
        """The values that ``after`` and ``before`` take as their parameters."""
        return [here.missing, here.missing, here.place, here.place, here.index]


def _beyond(place: str, others: str) -> str:
    return f'(missing {others} ? OR (missing = ? AND (place {place} ? OR (place = ? AND "index" {others} ?))))'
