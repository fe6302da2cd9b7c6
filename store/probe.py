"""Checks at start-up that a store works."""

from __future__ import annotations

import uuid

from jobs.errors import ObjectExists, ObjectNotFound, StoreUnavailable
from store.base import ObjectStore

CONTENT = b"florescope start-up probe\n"


def probe(store: ObjectStore) -> None:
    """Write, conditionally re-write, read and delete an object that no one else uses.

    Raises:
        StoreUnavailable: one of these failed; says in one line which store it is and what is wrong.
    """
    key = f"probes/{uuid.uuid4().hex}"
    store.put(key, CONTENT)
    try:
        try:
            store.put(key, b"must not be written", if_absent=True)
        except ObjectExists:
            pass
        else:
            raise StoreUnavailable(f"the store {store.url} replaces objects that it was asked to keep")
        if store.get(key) != CONTENT:
            raise StoreUnavailable(f"the store {store.url} returns other bytes than were written")
    except ObjectNotFound as error:
        raise StoreUnavailable(f"the store {store.url} does not find what was just written") from error
    finally:
        store.delete(key)
