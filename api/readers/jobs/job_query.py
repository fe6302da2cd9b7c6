"""Which jobs a list is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ulid import ULID

from api.http.caller import visible_projects
from api.readers.jobs.job_index import Listed
from jobs.job import JobResource
from jobs.lists.index_row import IndexRow
from jobs.lists.job_facts import JobFacts
from jobs.state import JobState

JobSort = Literal[
    "created", "-created", "name", "-name", "kind", "-kind", "dataset", "-dataset", "model", "-model",
    "accuracy", "-accuracy", "duration", "-duration", "failed", "-failed",
]  # fmt: skip
NEWEST: JobSort = "-created"
_MOST_DIGITS = 9
_KEYS: dict[str, Callable[[Listed, JobFacts], str | float | None]] = {
    "created": lambda listed, _: listed.row.id,
    "name": lambda _, facts: facts.name.casefold() or None,
    "kind": lambda listed, _: listed.row.kind,
    "dataset": lambda _, facts: facts.dataset or None,
    "model": lambda _, facts: facts.model or None,
    "accuracy": lambda _, facts: facts.accuracy,
    "duration": lambda _, facts: facts.duration_s,
    "failed": lambda _, facts: facts.failed,
}


@dataclass(frozen=True)
class JobQuery:
    """Which jobs to list: all filters must match.

    Attributes:
        parent: the sweep whose trials are meant; empty: jobs that are no trials.
        after: the last id of the page before; how many jobs were shown before, where facts are asked for.
        text: words that all stand in the id, the kind, the name, the data set, the model or a tag, in any case.
        tag: that the job has.
        sort: by which fact; jobs without it come last.
        archived: the archived jobs, or the others.
        projects: those whose jobs are meant; None for all. By default, what the caller of the present request sees.
    """

    kind: str | None = None
    state: JobState | None = None
    parent: str | None = None
    limit: int = 50
    after: str | None = None
    projects: frozenset[str] | None = field(default_factory=visible_projects)
    text: str = ""
    tag: str | None = None
    sort: JobSort = NEWEST
    archived: bool = False

    @property
    def asks_for_facts(self) -> bool:
        """Whether more has to be known of all jobs than their rows in the index."""
        return bool(self.text.strip()) or self.tag is not None or self.sort != NEWEST

    @property
    def offset(self) -> int:
        """How many jobs were shown before."""
        given = self.after or ""
        return int(given) if given.isascii() and given.isdecimal() and len(given) <= _MOST_DIGITS else 0

    def fits(self, listed: Listed, facts: JobFacts) -> bool:
        """Whether what is known of the job has all words, and the tag."""
        if self.tag is not None and self.tag not in facts.tags:
            return False
        row = listed.row
        said = " ".join((row.id, row.kind, facts.name, facts.dataset, facts.model, *facts.tags)).casefold()
        return all(word in said for word in self.text.casefold().split())

    def in_order(self, found: list[tuple[Listed, JobFacts]]) -> list[Listed]:
        """The jobs as they are asked for; those that are alike, the newest first."""
        name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        keyed = [(_KEYS[name](listed, facts), listed) for listed, facts in found]
        known = [(key, listed) for key, listed in keyed if key is not None]
        known.sort(key=lambda pair: pair[1].row.id, reverse=True)
        known.sort(key=lambda pair: pair[0], reverse=down)
        return [listed for _, listed in known] + [listed for key, listed in keyed if key is None]

    def matches(self, job: JobResource) -> bool:
        """Whether the job passes all filters."""
        if self.projects is not None and job.project not in self.projects:
            return False
        wanted = (self.kind, self.state, self.parent)
        got = (job.kind, job.state, job.parent or "")
        return all(want in {None, value} for want, value in zip(wanted, got, strict=True))

    def may_match(self, listed: Listed) -> bool:
        """Whether the job may pass, going by what the index knows of it."""
        row = listed.row
        if row.kind and not self._may_match(row):
            return False
        if self.state is None:
            return True
        if listed.active:
            return not self.state.terminal
        return row.end in {None, self.state}

    def _may_match(self, row: IndexRow) -> bool:
        of_project = self.projects is None or row.project in self.projects
        return of_project and self.kind in {None, row.kind} and self.parent in {None, row.parent}


def made_at_s(job_id: str) -> float:
    """When a job got its id, in seconds since the epoch; ids that tell no time are old."""
    try:
        return float(ULID.from_str(job_id.upper()).timestamp)
    except ValueError:
        return 0.0
