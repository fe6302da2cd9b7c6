"""Removes what belongs to deleted things from the store, so that a process may die after any step.

What says that the thing is deleted goes last: until then nobody sees it, and the next call goes on. The specification
of a job goes after all else of it: as long as it is there, so are its references.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from dispatch.idempotency_note import IdempotencyNote
from dispatch.job_index.segments import drop_rows
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import Thing, ThingKind, prefixes_of
from store.base import ObjectStore

GoOn = Callable[[], bool]


def remove_objects(thing: Thing, store: ObjectStore, *, go_on: GoOn) -> bool:
    """Remove all that a thing has in the store; False where ``go_on`` said to stop before the end."""
    for key in _keys_of(thing, store):
        if not go_on():
            return False
        store.delete(key)
    return True


def forget(deletions: Collection[Deletion], store: ObjectStore) -> None:
    """Remove the last traces of things whose objects are gone: Idempotency-Keys, rows of the index, the deletions.

    Whoever calls this leads reconciliation, which writes the index, too.
    """
    jobs = {each.name for each in deletions if each.kind is ThingKind.JOB}
    if jobs:
        _forget_idempotency_keys(jobs, store)
        for job_id in jobs:
            for info in store.list(keys.index_entries(job_id)):
                store.delete(info.key)
            store.delete(keys.index_remarks(job_id))
        drop_rows(jobs, store)
    for each in deletions:
        store.delete(each.thing.archived_key)
        store.delete(each.thing.deletion_key)


def _keys_of(thing: Thing, store: ObjectStore) -> Iterator[str]:
    last = keys.spec(thing.name) if thing.kind is ThingKind.JOB else ""
    for prefix in prefixes_of(thing):
        for info in store.list(prefix):
            if info.key != last and (prefix.endswith("/") or info.key == prefix):
                yield info.key
    if last:
        yield last


def _forget_idempotency_keys(job_ids: Collection[str], store: ObjectStore) -> None:
    for info in store.list(keys.IDEMPOTENCY_PREFIX):
        with suppress(ObjectNotFound, Corrupt, NewerVersion):
            if IdempotencyNote.decode(store.get(info.key)).job_id in job_ids:
                store.delete(info.key)
