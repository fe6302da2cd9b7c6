"""Stores how long what projects have, and what they share, is kept."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from dispatch.refusal import unless_refused
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.retention import (
    NO_RETENTION,
    Retention,
    RetentionPolicy,
    SharedRetention,
    SharedRetentionPolicy,
)
from store.base import ObjectStore


def read_retention(project: str, store: ObjectStore) -> Retention:
    """The retention of a project; for ever where nobody set one."""
    try:
        return RetentionPolicy.decode(store.get(housekeeping_keys.retention(project))).retention
    except ObjectNotFound:
        return NO_RETENTION


def write_retention(project: str, retention: Retention, store: ObjectStore) -> None:
    """Set the retention of a project, in place of the one before."""
    document = RetentionPolicy(project=project, retention=retention)
    store.put(housekeeping_keys.retention(project), document.encode(), content_type="application/json")


def all_retentions(store: ObjectStore) -> dict[str, Retention]:
    """By project, of those that have one; what cannot be read keeps for ever."""
    found = {}
    for info in store.list(housekeeping_keys.RETENTION_PREFIX):
        with suppress(ObjectNotFound, Corrupt, NewerVersion):
            data = unless_refused(partial(store.get, info.key), store, otherwise=None, key=info.key)
            if data is not None:
                policy = RetentionPolicy.decode(data)
                found[policy.project] = policy.retention
    return found


def read_shared_retention(store: ObjectStore) -> SharedRetention:
    """The retention of what belongs to no project; for ever where nobody set one, or it cannot be read."""
    try:
        return SharedRetentionPolicy.decode(store.get(housekeeping_keys.SHARED_RETENTION)).retention
    except (ObjectNotFound, Corrupt, NewerVersion):
        return SharedRetention()


def write_shared_retention(retention: SharedRetention, store: ObjectStore) -> None:
    """Set the retention of what belongs to no project, in place of the one before."""
    document = SharedRetentionPolicy(retention=retention)
    store.put(housekeeping_keys.SHARED_RETENTION, document.encode(), content_type="application/json")
