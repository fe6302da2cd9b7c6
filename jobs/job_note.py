"""What people write beside a job: a name, tags and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobs.specs import patterns
from jobs.specs.spec_values import Name
from jobs.value import Document, Value

Tag = Annotated[str, Field(min_length=1, max_length=50, pattern=patterns.TAG)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=20)]
Notes = Annotated[str, Field(max_length=10_000)]


class Remarks(Value):
    """A name in place of that of the specification, tags, and notes; all of them may be changed at any time.

    Attributes:
        archived: whether lists leave the job out, and rules of retention leave it alone.
    """

    name: Name | None = None
    tags: Tags = ()
    notes: Notes = ""
    archived: bool = False


class JobNote(Remarks, Document):
    """The remarks on a job as they are stored.

    Attributes:
        revision: how often they were written.
    """

    job_id: str
    revision: int = Field(ge=1)
    updated_at: datetime
