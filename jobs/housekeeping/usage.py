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


class Usage(Document):
    """All of a store, when it was counted last."""

    at: datetime
    items: tuple[UsageItem, ...]
