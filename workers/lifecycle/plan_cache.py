"""Keeps the plans that this process has read: a plan never changes, and every step of a job needs it."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from jobs import keys
from jobs.plan import Plan
from store.base import ObjectStore
from store.document_cache import DocumentCache

MAX_BYTES = 8 * 2**20
_caches: WeakKeyDictionary[ObjectStore, DocumentCache[Plan]] = WeakKeyDictionary()


def cached_plan(job_id: str, store: ObjectStore) -> Plan:
    """The plan of a job, read once in this process.

    Raises:
        ObjectNotFound: the job is not planned.
        Corrupt, NewerVersion: its plan cannot be read.
    """
    cache = _caches.setdefault(store, DocumentCache(Plan, max_bytes=MAX_BYTES))
    return cache.read(keys.plan(job_id), store)
