"""Reads and writes what is stored of deleted things. Whoever writes it has looked for what depends on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from dispatch.refusal import unless_refused
from jobs.errors import Corrupt, NewerVersion, ObjectExists, ObjectNotFound
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import Thing, thing_of_deletion
from store.base import ObjectStore


def deleted_things(store: ObjectStore) -> frozenset[Thing]:
    """All deleted things; none of the deletions is read."""
    found = (thing_of_deletion(info.key) for info in store.list(housekeeping_keys.DELETIONS_PREFIX))
    return frozenset(thing for thing in found if thing is not None)


def list_deletions(store: ObjectStore) -> Iterator[Deletion]:
    """What is known of each deleted thing; those that cannot be read are left out, and stay."""
    for info in store.list(housekeeping_keys.DELETIONS_PREFIX):
        with suppress(ObjectNotFound, Corrupt, NewerVersion):
            data = unless_refused(partial(store.get, info.key), store, otherwise=None, key=info.key)
            if data is not None:
                yield Deletion.decode(data)


def read_deletion(thing: Thing, store: ObjectStore) -> Deletion | None:
    """What is known of a deleted thing; None where it is not deleted.

    Raises:
        Corrupt, NewerVersion: it is, and that cannot be read.
    """
    try:
        return Deletion.decode(store.get(thing.deletion_key))
    except ObjectNotFound:
        return None


def is_deleted(thing: Thing, store: ObjectStore) -> bool:
    """Whether a thing is deleted."""
    return store.head(thing.deletion_key) is not None


def write_deletion(deletion: Deletion, store: ObjectStore) -> None:
    """Hide a thing from now on; one that is deleted already keeps the time at which it was."""
    with suppress(ObjectExists):
        store.put(deletion.thing.deletion_key, deletion.encode(), if_absent=True, content_type="application/json")


def remove_deletion(thing: Thing, store: ObjectStore) -> None:
    """Let a thing be seen again, or forget one that is gone."""
    store.delete(thing.deletion_key)
