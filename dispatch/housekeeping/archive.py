"""Archives things: lists leave them out, rules of retention leave them alone, and they can be used as before."""

from __future__ import annotations

from dispatch.job_index.entries import read_note
from dispatch.remarks import write_remarks
from jobs import keys
from jobs.housekeeping.thing import Thing, ThingKind
from store.base import ObjectStore


def set_archived(thing: Thing, store: ObjectStore, *, archived: bool) -> None:
    """Archive a thing, or take it out of the archive; asking again is fine."""
    if is_archived(thing, store) == archived:
        return
    if thing.kind is ThingKind.JOB:
        write_remarks(thing.name, {"archived": archived}, store)
    elif archived:
        store.put(thing.archived_key, b"")
    else:
        store.delete(thing.archived_key)


def is_archived(thing: Thing, store: ObjectStore) -> bool:
    """Whether a thing is archived."""
    if thing.kind is ThingKind.JOB:
        note = read_note(thing.name, store)
        return note is not None and note.archived
    return store.head(thing.archived_key) is not None


def archived_names(kind: ThingKind, store: ObjectStore) -> frozenset[str]:
    """Names of the archived things of a kind that is not that of jobs."""
    prefix = keys.archived(kind.value, "")
    return frozenset(info.key.removeprefix(prefix) for info in store.list(prefix))
