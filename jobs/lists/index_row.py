"""What a list needs to know of a job to tell whether it belongs there, without reading the job."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field, JsonValue

from jobs.lists import index_keys
from jobs.names.project_name import DEFAULT_PROJECT
from jobs.state import JobState
from jobs.value import Document

NOTHING = "-"
_PROJECT_MARK = ".@"


class IndexRow(NamedTuple):
    """A line of the index.

    Attributes:
        id: of the job.
        kind: of job; empty where that is not known.
        state: how it ended; empty while it is not over.
        parent: the sweep that it is a trial of; empty of most jobs.
        project: that it belongs to; empty where its documents are too damaged to say.
    """

    id: str
    kind: str = ""
    state: str = ""
    parent: str = ""
    project: str = DEFAULT_PROJECT

    @property
    def end(self) -> JobState | None:
        """How the job ended, or None while it is not over, or where this release does not know such an end."""
        try:
            return JobState(self.state)
        except ValueError:
            return None

    @property
    def key(self) -> str:
        """Where the row lies as an entry of its own: the key says all of it, and the object is empty.

        The default project is left out: entries of releases that knew no projects are such.
        """
        words = ".".join(word or NOTHING for word in self[:-1])
        mark = "" if self.project == DEFAULT_PROJECT else _PROJECT_MARK + self.project
        return f"{index_keys.ENTRIES}{words}{mark}"


def row_of_key(key: str) -> IndexRow:
    """The row of which ``IndexRow.key`` is this key."""
    words, mark, project = key.removeprefix(index_keys.ENTRIES).partition(_PROJECT_MARK)
    row = IndexRow(*("" if word == NOTHING else word for word in words.rsplit(".", 3)))
    return row._replace(project=project) if mark else row


class IndexSegment(Document):
    """Rows of many jobs that are over, in one object that never changes.

    Attributes:
        facts: by id, as ``JobFacts.row`` makes them; a job whose documents could not be read has none.
    """

    rows: tuple[IndexRow, ...]
    facts: dict[str, list[JsonValue]] = Field(default_factory=dict)


class IndexState(Document):
    """How far the jobs that were there before the index have been taken into it.

    Attributes:
        through: the last job, in the order of ids, that has been looked at.
        complete: whether none is left.
    """

    through: str = ""
    complete: bool = False
