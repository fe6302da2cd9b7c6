"""Keeps the plans that this process has read: a plan never changes, and every step of a job needs it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from jobs import keys
from jobs.plan import Plan
from store.base import ObjectStore

MAX_PLANS = 32
MAX_BYTES = 8 * 2**20
"""Of JSON; decoded, a plan takes about ten times as much memory."""


class PlanCache:
    """The plans that were used last, of one store; safe among threads."""

    def __init__(self, *, max_plans: int = MAX_PLANS, max_bytes: int = MAX_BYTES) -> None:
        self._max_plans = max_plans
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, tuple[Plan, int]] = OrderedDict()

    def plan(self, job_id: str, store: ObjectStore) -> Plan:
        """The plan of a job; read from the store where it is not known.

        Raises:
            ObjectNotFound: the job is not planned.
            Corrupt, NewerVersion: its plan cannot be read.
        """
        with self._lock:
            if job_id in self._plans:
                self._plans.move_to_end(job_id)
                return self._plans[job_id][0]
        data = store.get(keys.plan(job_id))
        plan = Plan.decode(data)
        with self._lock:
            self._plans[job_id] = (plan, len(data))
            while len(self._plans) > 1 and self._full():
                self._plans.popitem(last=False)
        return plan

    def _full(self) -> bool:
        return len(self._plans) > self._max_plans or sum(size for _, size in self._plans.values()) > self._max_bytes


_caches: WeakKeyDictionary[ObjectStore, PlanCache] = WeakKeyDictionary()


def cached_plan(job_id: str, store: ObjectStore) -> Plan:
    """The plan of a job, read once in this process. See ``PlanCache.plan``."""
    return _caches.setdefault(store, PlanCache()).plan(job_id, store)
