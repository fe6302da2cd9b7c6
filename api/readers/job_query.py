"""Which jobs a list is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.job_index import Listed
from jobs.job import JobResource
from jobs.state import JobState


@dataclass(frozen=True)
class JobQuery:
    """Which jobs to list: all filters must match.

    Attributes:
        parent: the sweep whose trials are meant; empty: jobs that are no trials.
        after: the last id of the page before.
    """

    kind: str | None = None
    state: JobState | None = None
    parent: str | None = None
    limit: int = 50
    after: str | None = None

    def matches(self, job: JobResource) -> bool:
        """Whether the job passes all filters."""
        wanted = (self.kind, self.state, self.parent)
        got = (job.kind, job.state, job.parent or "")
        return all(want in {None, value} for want, value in zip(wanted, got, strict=True))

    def may_match(self, listed: Listed) -> bool:
        """Whether the job may pass, going by what the index knows of it."""
        row = listed.row
        if row.kind and (self.kind not in {None, row.kind} or self.parent not in {None, row.parent}):
            return False
        if self.state is None:
            return True
        if listed.active:
            return not self.state.terminal
        return row.end in {None, self.state}
