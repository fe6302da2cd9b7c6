"""How much room a store needs, and for what."""

from __future__ import annotations

from datetime import datetime

from jobs.value import Document, Value


class UsageItem(Value):
    """What one kind of thing of one project needs.

    Attributes:
        project: empty where it belongs to none.
        kind: of job; or ``datasets``, ``uploads``, ``features``, ``audit log``, ``other``.
        deleted: whether it is deleted, and removed a day later.
    """

    project: str
    kind: str
    deleted: bool
    objects: int
    bytes: int


class SubmitterUsage(Value):
    """What somebody put into a project, or their jobs left there, without what is deleted.

    Attributes:
        submitter: name of their key.
    """

    project: str
    submitter: str
    bytes: int


class Usage(Document):
    """All of a store, when it was counted last.

    Attributes:
        submitters: the part of it of which is known who put it there.
    """

    at: datetime
    items: tuple[UsageItem, ...]
    submitters: tuple[SubmitterUsage, ...] = ()
