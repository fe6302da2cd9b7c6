"""Lists the explained images of a job, one page at a time, and finds single ones, in its Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from api.http import cursor
from api.readers.images.conditions import TEXTS
from api.readers.images.image_tables import SOURCE, ImageTables, Table
from api.readers.images.listing import Page, positions_after, positions_of_page, total
from api.readers.images.neighbours import Neighbours, neighbours
from api.readers.images.order import Position
from api.readers.images.result_files import ResultFiles
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.results.images.image_filter import INDEX, ImageFilter
from jobs.results.images.image_lookup import HASH, STEP, image_hash
from jobs.results.images.image_row import RECORD
from jobs.results.record import ImageRecord


@dataclass(frozen=True)
class FoundImage:
    """A record, the step whose report holds it, and the version of the code that made it."""

    step: str
    record: ImageRecord
    code_version: str | None = None


@dataclass(frozen=True)
class ResultQuery:
    """A page of a list.

    Attributes:
        after: what the page before gave as ``next``.
    """

    filter: ImageFilter = field(default_factory=ImageFilter)
    limit: int = 50
    after: str | None = None

    def start(self) -> Position | None:
        """The position after which the page begins, or None for the first page.

        Raises:
            InvalidSpec: ``after`` belongs to another list.
        """
        if self.after is None:
            return None
        place_type = str if self.filter.column in TEXTS else float
        asked, *place = cursor.decode(self.after, str, bool, place_type, int)
        if asked != self._asked():
            raise InvalidSpec(f"'after' belongs to {asked}, not to {self._asked()}", field="after")
        return Position(*place)

    def following(self, last: Position) -> str:
        """The ``after`` of the page that begins behind this position: good for the same list only."""
        return cursor.encode(self._asked(), last.missing, last.place, last.index)

    def _asked(self) -> str:
        """The filter and the order, by which one list is told from another."""
        return self.filter.query() or f"sort={INDEX}"


class ResultReader:
    """Looks images up in the files of jobs; safe among threads."""

    def __init__(self, tables: ImageTables) -> None:
        self._tables = tables
        self._files = tables.files

    def page(self, job_id: str, query: ResultQuery) -> tuple[list[FoundImage], str | None]:
        """One page, and the ``after`` of the next one (None at the end).

        Only narrow columns are sorted; the records of the page alone are read.

        Raises:
            InvalidSpec: ``query.after`` is no place in this list.
        """
        start, table = query.start(), self._tables.of_job(job_id)
        if not table.files.images:
            return [], None
        places = positions_after(self._tables, table, query.filter, start=start, limit=query.limit + 1)
        shown = places[: query.limit]
        more = len(places) > query.limit
        return self._records(job_id, table, shown), query.following(shown[-1]) if more else None

    def numbered_page(
        self, job_id: str, wanted: ImageFilter, *, number: int, size: int
    ) -> tuple[list[FoundImage], Page]:
        """A page by its number, from 1; one beyond the last is empty."""
        table = self._tables.of_job(job_id)
        if not table.files.images:
            return [], Page(number, size, 0)
        page = Page(number, size, total(self._tables, table, wanted))
        places = positions_of_page(self._tables, table, wanted, page=page) if page.count else []
        return self._records(job_id, table, places), page

    def total(self, job_id: str, wanted: ImageFilter) -> int:
        """How many images a filter lets pass."""
        table = self._tables.of_job(job_id)
        return total(self._tables, table, wanted) if table.files.images else 0

    def neighbours(self, job_id: str, wanted: ImageFilter, image_id: str) -> Neighbours:
        """Where an image stands in a list, and which come before and after it.

        Raises:
            ObjectNotFound: the job has no such image (yet).
        """
        return neighbours(self._tables, job_id, wanted, image_id)

    def find(self, job_id: str, image_id: str, *, step: str | None = None) -> FoundImage:
        """An image by its id; ``step`` says where to look first.

        Raises:
            ObjectNotFound: no report of the job holds it (yet).
        """
        statement = f"SELECT step, {RECORD}, code_version FROM {SOURCE} WHERE image_id = ? LIMIT 1"  # noqa: S608
        for files in self._likely_first(job_id, image_id, step):
            for found in self._tables.rows(statement, [list(files.records), image_id]) if files.records else ():
                return _found(job_id, *found)
        raise ObjectNotFound(f"job {job_id} has not explained an image {image_id!r}: its /results list those it has")

    def of_step(self, job_id: str, step: str) -> Iterator[ImageRecord]:
        """The records of a step, in order."""
        files = self._files.of_step(job_id, step)
        if files.records:
            statement = f'SELECT {RECORD} FROM {SOURCE} ORDER BY "index"'  # noqa: S608
            rows = self._tables.rows(statement, [list(files.records)])
            yield from (ImageRecord.of_job(job_id, row[0].encode()) for row in rows)

    def _likely_first(self, job_id: str, image_id: str, step: str | None) -> Iterator[ResultFiles]:
        if step is not None:
            yield self._files.of_step(job_id, step)
        lookup = self._files.lookup(job_id)
        if lookup is None:
            yield self._files.of_job(job_id)
        else:
            yield from (self._files.of_step(job_id, found) for found in self._steps(lookup, image_id))

    def _steps(self, lookup: str, image_id: str) -> list[str]:
        """The steps of all images whose ids have the same hash: nearly always one."""
        statement = f"SELECT DISTINCT {STEP} FROM {SOURCE} WHERE {HASH} = ?"  # noqa: S608
        rows = self._tables.rows(statement, [[lookup], image_hash(image_id)])
        return [str(step) for (step,) in rows]

    def _records(self, job_id: str, table: Table, places: list[Position]) -> list[FoundImage]:
        """The images that stand there, in this order."""
        if not places:
            return []
        indices = ", ".join(str(place.index) for place in places)
        statement = f'SELECT "index", step, {RECORD}, code_version FROM {SOURCE} WHERE "index" IN ({indices})'  # noqa: S608
        rows = self._tables.rows(statement, [list(table.files.records)])
        found = {int(index): _found(job_id, *each) for index, *each in rows}
        return [found[place.index] for place in places]


def _found(job_id: str, step: str, record: str, code_version: str | None) -> FoundImage:
    return FoundImage(step, ImageRecord.of_job(job_id, record.encode()), code_version)
