"""Archives things: lists leave them out, rules of retention leave them alone, and they can be used as before."""

from __future__ import annotations

from dispatch.remarks import UnreadableRemarks, read_remarks, write_remarks
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.thing import Thing, ThingKind
from store.base import ObjectStore


def set_archived(thing: Thing, store: ObjectStore, *, archived: bool) -> None:
    """Archive a thing, or take it out of the archive; asking again is fine.

    Raises:
        UnreadableRemarks: it is a job, and what is stored beside it cannot be read.
    """
    if thing.kind is ThingKind.JOB:
        remarks = read_remarks(thing.name, store)
        if (remarks is not None and remarks.archived) != archived:
            write_remarks(thing.name, {"archived": archived}, store)
    elif archived:
        store.put(thing.archived_key, b"")
    else:
        store.delete(thing.archived_key)


def is_archived(thing: Thing, store: ObjectStore) -> bool:
    """Whether a thing is archived; a job whose remarks cannot be read is, since they may say so."""
    if thing.kind is not ThingKind.JOB:
        return store.head(thing.archived_key) is not None
    try:
        remarks = read_remarks(thing.name, store)
    except UnreadableRemarks:
        return True
    return remarks is not None and remarks.archived


def archived_names(kind: ThingKind, store: ObjectStore) -> frozenset[str]:
    """Names of the archived things of a kind that is not that of jobs."""
    prefix = housekeeping_keys.archived(kind.value, "")
    return frozenset(info.key.removeprefix(prefix) for info in store.list(prefix))
