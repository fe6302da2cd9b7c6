"""What is stored of a deletion until the thing is really gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs.housekeeping.thing import Thing, ThingKind
from jobs.value import Document

UNDO = timedelta(hours=24)
"""How long a deletion can be undone."""
CLOCKS = timedelta(hours=1)
"""The clocks of hosts may differ by so much: nothing is removed while any of them would still undo it."""


class Deletion(Document):
    """A deleted thing: nobody sees it any more, and all of it is still there.

    Attributes:
        kind, name: of the thing.
        root_kind, root_name: of the thing that somebody deleted, and this one with it; itself otherwise.
        project: that it belongs to; empty where it belongs to none.
        by: the name of who deleted it.
        why: such as a rule of retention; empty where a person wanted it so.
    """

    kind: ThingKind
    name: str
    root_kind: ThingKind
    root_name: str
    project: str
    by: str = ""
    why: str = ""
    at: datetime

    @property
    def thing(self) -> Thing:
        """What is deleted."""
        return Thing(self.kind, self.name)

    @property
    def root(self) -> Thing:
        """What was asked to be deleted."""
        return Thing(self.root_kind, self.root_name)

    @property
    def until(self) -> datetime:
        """How long it can be undone."""
        return self.at + UNDO

    def may_be_undone(self, now: datetime) -> bool:
        """Whether it can be brought back."""
        return now < self.until

    def is_due(self, now: datetime) -> bool:
        """Whether what lies in the store may be removed."""
        return now >= self.until + CLOCKS
