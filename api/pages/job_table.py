"""What the table of jobs is asked for in its address, and the links that ask for something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from api.readers.jobs.job_query import NEWEST, JobQuery, JobSort
from jobs.specs.spec import KindName
from jobs.state import JobState

Column = Literal[
    "dataset", "state", "progress", "submitted", "accuracy", "duration", "model", "score", "failed", "tags"
]
COLUMNS: Mapping[Column, str] = {
    "dataset": "Data set",
    "state": "State",
    "progress": "Progress",
    "submitted": "Submitted",
    "accuracy": "Accuracy",
    "duration": "Duration",
    "model": "Model",
    "score": "Score",
    "failed": "Failed",
    "tags": "Tags",
}
USUAL: tuple[Column, ...] = ("dataset", "state", "progress", "submitted")
_SORTS: Mapping[str, JobSort] = {
    "dataset": "dataset",
    "submitted": "-created",
    "accuracy": "-accuracy",
    "duration": "-duration",
    "model": "model",
    "failed": "-failed",
}
JOBS_PER_PAGE = 50


class JobTable(BaseModel):
    """What the address of the table asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: Annotated[str, Field(max_length=200)] = ""
    kind: KindName | Literal[""] = ""
    state: JobState | Literal[""] = ""
    tag: Annotated[str, Field(max_length=50)] = ""
    parent: Annotated[str, Field(max_length=64)] = ""
    sort: JobSort = NEWEST
    column: Annotated[tuple[Column, ...], Field(max_length=20)] = ()
    archived: bool = False
    after: Annotated[str | None, Field(max_length=100)] = None

    @property
    def query(self) -> JobQuery:
        """The same question as the reader of jobs takes it."""
        return JobQuery(
            kind=self.kind or None,
            state=JobState(self.state) if self.state else None,
            parent=self.parent,
            limit=JOBS_PER_PAGE,
            after=self.after,
            text=self.q,
            tag=self.tag or None,
            sort=self.sort,
            archived=self.archived,
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns to show, in the order in which they are listed above."""
        wanted = self.column or USUAL
        return tuple(name for name in COLUMNS if name in wanted)

    @property
    def filtered(self) -> bool:
        """Whether some jobs may be left out."""
        return any((self.q, self.kind, self.state, self.tag, self.parent, self.archived))

    @property
    def live(self) -> str:
        """Where the API tells the same jobs."""
        asked = {"q": self.q, "kind": self.kind, "state": self.state, "tag": self.tag, "sort": self.sort}
        given = {name: value for name, value in asked.items() if value and value != NEWEST}
        more = {"after": self.after} if self.after else {}
        more |= {"archived": "true"} if self.archived else {}
        return f"/v1/jobs?{urlencode({'parent': self.parent, **given, 'limit': JOBS_PER_PAGE, **more})}"

    @property
    def here(self) -> str:
        """The address of this very page of it."""
        return self.url(after=self.after)

    def url(self, **changes: str | bool | None) -> str:
        """The address of this table with something changed, from its first page."""
        changed = self.model_copy(update={"after": None, **changes})
        values = [(name, str(getattr(changed, name) or "")) for name in ("q", "kind", "state", "tag", "parent")]
        if changed.sort != NEWEST:
            values.append(("sort", changed.sort))
        values += [("archived", "true")] if changed.archived else []
        values += [("column", name) for name in changed.column]
        values += [("after", changed.after)] if changed.after else []
        given = urlencode([(name, value) for name, value in values if value])
        return f"/?{given}" if given else "/"

    def sort_url(self, column: str) -> str | None:
        """Sorted by this column; the other way round where it is so already. None of columns that have no order."""
        sort = _SORTS.get(column)
        if sort is None:
            return None
        other = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
        return self.url(sort=other if self.sort == sort else sort)

    def sorted_by(self, column: str) -> str | None:
        """``ascending``, ``descending``, or None where it is not sorted by this column."""
        if self.sort.removeprefix("-") != _SORTS.get(column, "?").removeprefix("-"):
            return None
        return "descending" if self.sort.startswith("-") else "ascending"
