"""Knows which things are deleted, so that nobody sees them; looks again each second."""

from __future__ import annotations

import time

from dispatch.housekeeping.deletions import deleted_things
from jobs.housekeeping.thing import Thing, ThingKind
from store.base import ObjectStore

LOOK_EVERY_S = 1.0
"""What another process deletes is hidden here so late at most."""


class DeletedThings:
    """The deleted things of a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._found = frozenset[Thing]()
        self._looked_at = float("-inf")

    def all(self) -> frozenset[Thing]:
        """Those that are deleted now.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        now = time.monotonic()
        if now >= self._looked_at + LOOK_EVERY_S:
            self._found, self._looked_at = deleted_things(self._store), now
        return self._found

    def __contains__(self, thing: object) -> bool:
        return thing in self.all()

    def names(self, kind: ThingKind) -> frozenset[str]:
        """Names of those of a kind."""
        return frozenset(thing.name for thing in self.all() if thing.kind is kind)

    def look_again(self) -> None:
        """Forget what was known: something was deleted or brought back by this process."""
        self._looked_at = float("-inf")
