"""Removes what belongs to deleted things from the store, so that a process may die after any step.

What says that the thing is deleted goes last: until then nobody sees it, and the next call goes on. The specification
of a job goes after all else of it: as long as it is there, so are its references.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from dispatch.housekeeping.id_time import made_at
from dispatch.idempotency_note import IdempotencyNote
from dispatch.job_index.entries import remarked
from dispatch.job_index.segments import drop_rows
from dispatch.refusal import passed_over
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping.deletion import CLOCKS
from jobs.housekeeping.thing import Thing, ThingKind, prefixes_of
from jobs.lists import index_keys
from jobs.lists.index_row import row_of_key
from store.base import ObjectStore

GoOn = Callable[[], bool]
NEAR = CLOCKS + timedelta(minutes=10)
"""How far apart the time in the id of a job and that of its key may lie: clocks differ, and writes may be slow."""


def remove_objects(thing: Thing, store: ObjectStore, *, go_on: GoOn) -> bool:
    """Remove all that a thing has in the store; False where ``go_on`` said to stop before the end."""
    for key in _keys_of(thing, store):
        if not go_on():
            return False
        store.delete(key)
    return True


def forget_idempotency_keys(job_ids: Collection[str], store: ObjectStore, *, go_on: GoOn) -> bool:
    """Forget the keys that made these jobs; False where ``go_on`` said to stop before the end.

    A key is stored when its job gets its id, so only those are read that were written then. One that the store refuses
    stays: whoever sends it again makes the job anew.
    """
    times = sorted(map(made_at, job_ids))
    for info in store.list(keys.IDEMPOTENCY_PREFIX) if times else ():
        if not go_on():
            return False
        if info.modified_at is None or _near(info.modified_at, times):
            with passed_over(store, key=info.key), suppress(ObjectNotFound, Corrupt, NewerVersion):
                if IdempotencyNote.decode(store.get(info.key)).job_id in job_ids:
                    store.delete(info.key)
    return True


def forget_rows(job_ids: Collection[str], store: ObjectStore, *, go_on: GoOn) -> bool:
    """Have the index forget jobs; False where ``go_on`` said to stop before the end.

    Whoever calls this leads reconciliation, which writes the index, too; so it takes about as long for many jobs as
    for one. What the store refuses stays: lists skip jobs that are not there.
    """
    for job_id in remarked(store).intersection(job_ids):
        _forget_key(index_keys.remarks(job_id), store)
    for info in store.list(index_keys.ENTRIES) if job_ids else ():
        if row_of_key(info.key).id in job_ids:
            _forget_key(info.key, store)
    return not job_ids or drop_rows(job_ids, store, go_on=go_on)


def _forget_key(key: str, store: ObjectStore) -> None:
    with passed_over(store, key=key):
        store.delete(key)


def forget_deletion(thing: Thing, store: ObjectStore) -> None:
    """Forget that a thing was deleted of which nothing else is left."""
    store.delete(thing.archived_key)
    store.delete(thing.deletion_key)


def _keys_of(thing: Thing, store: ObjectStore) -> Iterator[str]:
    last = keys.spec(thing.name) if thing.kind is ThingKind.JOB else ""
    for prefix in prefixes_of(thing):
        for info in store.list(prefix):
            if info.key != last and (prefix.endswith("/") or info.key == prefix):
                yield info.key
    if last:
        yield last


def _near(moment: datetime, times: Sequence[datetime]) -> bool:
    """Whether it lies close to one of the times, which are sorted."""
    first = bisect_left(times, moment - NEAR)
    return first < len(times) and times[first] <= moment + NEAR
