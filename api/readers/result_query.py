"""Filters and sorts the images of a job, one page at a time, with bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from api.http import cursor
from api.readers.report_reader import ReportReader
from jobs.errors import InvalidSpec
from jobs.results.columns import IMAGE_COLUMNS, SORTABLE, Image
from jobs.results.convergence import sort_value
from jobs.results.record import ImageRecord, Outcome
from jobs.specs.explain_spec import Method

_BY_NAME = {column.name: column for column in IMAGE_COLUMNS}
_FILTERS = tuple(column for column in IMAGE_COLUMNS if column.filterable)
if TYPE_CHECKING:
    Sort = str
else:  # names of columns, which a type checker could not follow
    Sort = Literal[("index", *(f"{sign}{name}" for name in SORTABLE for sign in ("", "-")))]
# Where a record stands: those without the value last, then by value, then by index.
Position = tuple[bool, float, int]


@dataclass(frozen=True)
class Found:
    """A record, the step whose report holds it, and the version of the code that made it."""

    step: str
    record: ImageRecord
    code_version: str | None = None


@dataclass(frozen=True)
class ResultQuery:
    """Which images, in which order.

    Attributes:
        method: whose measures are sorted by; None for the first that has been measured so.
        after: what the page before gave as ``next``.
    """

    outcome: Outcome | None = None
    label: int | None = None
    sort: Sort = "index"
    method: Method | None = None
    limit: int = 50
    after: str | None = None

    def matches(self, record: ImageRecord) -> bool:
        """Whether the image passes all filters."""
        image = Image(record)
        return all(getattr(self, column.name) in {None, column.value(image)} for column in _FILTERS)

    def position(self, found: Found) -> Position:
        """Where the image stands in this order."""
        value = self._value(found.record)
        sign = -1 if self.sort.startswith("-") else 1
        return value is None, sign * (value or 0.0), found.record.index

    def _value(self, record: ImageRecord) -> float | None:
        name = self.sort.removeprefix("-")
        column = _BY_NAME.get(name)
        if column is None:
            return measured(record, name, self.method)
        value = column.value(Image(record))
        return None if value is None else float(value)

    def start(self) -> Position | None:
        """The position after which the page begins, or None for the first page.

        Raises:
            InvalidSpec: ``after`` belongs to another list.
        """
        if self.after is None:
            return None
        asked, missing, value, index = cursor.decode(self.after, dict, bool, float, int)
        if asked != self._asked():
            raise InvalidSpec(f"'after' belongs to {_query(asked)}, not to {_query(self._asked())}", field="after")
        return missing, value, index

    def following(self, last: Found) -> str:
        """The ``after`` of the page that begins behind this image: good for the same list only."""
        return cursor.encode(self._asked(), *self.position(last))

    def _asked(self) -> dict[str, object]:
        """What makes the list another one."""
        filters = {column.name: getattr(self, column.name) for column in _FILTERS}
        asked = {"sort": self.sort, "method": self.method, **filters}
        return {name: value for name, value in asked.items() if value is not None}


def measured(record: ImageRecord, name: str, method: str | None) -> float | None:
    """A measure of a map of this method, or of the first map that has it; None where nothing was measured."""
    values = (sort_value(each, name) for each in record.methods if method in {None, each.method})
    return next((value for value in values if value is not None), None)


def result_page(reports: ReportReader, job_id: str, query: ResultQuery) -> tuple[list[Found], str | None]:
    """One page, and the ``after`` of the next one (None at the end).

    By index, only the reports of the page are read; any other order looks at all of them, one at a time.

    Raises:
        InvalidSpec: ``query.after`` is no place in this list.
    """
    start = query.start()
    if query.sort == "index":
        ordered: Iterable[Found] = _matching(reports, job_id, query, start)
        found = list(islice(ordered, query.limit + 1))
    else:
        found = heapq.nsmallest(query.limit + 1, _matching(reports, job_id, query, start), key=query.position)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return shown, query.following(shown[-1]) if more else None


def _query(asked: dict[str, object]) -> str:
    return "&".join(f"{name}={value}" for name, value in asked.items())


def _matching(reports: ReportReader, job_id: str, query: ResultQuery, start: Position | None) -> Iterator[Found]:
    after_index = start[2] if start and query.sort == "index" else -1
    for report in reports.reports(job_id, after_index=after_index):
        for record in report.records:
            found = Found(report.step, record, report.code_version)
            if query.matches(record) and (start is None or query.position(found) > start):
                yield found
