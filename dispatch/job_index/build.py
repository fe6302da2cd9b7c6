"""Makes the index from the jobs themselves: once for a store that has none, and whenever somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Set
from itertools import islice

from dispatch.job_index.entries import entries, read_row, remove_entries
from dispatch.job_index.segments import FANOUT, ROWS, level_for, merge, segments, write_segment
from jobs import keys
from jobs.errors import Corrupt, ObjectNotFound
from jobs.lists.index_row import IndexRow, IndexState
from store.base import ObjectStore

KEYS_AT_ONCE = 200
"""Of a small job all keys are listed on the way to the next one; a large one is passed over."""
SEGMENT_ROWS = ROWS * FANOUT


def job_ids(store: ObjectStore, *, after: str = "") -> Iterator[str]:
    """Ids of all jobs that come after this one, in their order, whatever lies below them."""
    # "0" is the character after "/": past all that lies below the job.
    start, seen = f"{keys.job(after).removesuffix('/')}0" if after else "", ""
    while True:
        listed = 0
        for info in store.list(keys.JOBS_PREFIX, after=start, limit=KEYS_AT_ONCE):
            listed += 1
            job_id = info.key.removeprefix(keys.JOBS_PREFIX).split("/")[0]
            if job_id != seen:
                yield job_id
                seen = job_id
        if listed < KEYS_AT_ONCE:
            return
        start = f"{keys.job(seen).removesuffix('/')}0"


def read_state(store: ObjectStore) -> IndexState:
    """How far the index has come; not at all where there is none, or where that cannot be read."""
    try:
        return IndexState.decode(store.get(keys.INDEX_STATE))
    except (ObjectNotFound, Corrupt):
        return IndexState()


def build_some(store: ObjectStore, active: Set[str], *, for_s: float, jobs: int = ROWS) -> IndexState:
    """Take older jobs into the index for about so long; goes on where an earlier call stopped.

    Args:
        store: where the jobs lie.
        active: jobs that are not over: their end puts them into the index.
        for_s: stop after so many seconds, at the next step.
        jobs: that are read in one step.
    """
    state, stop_at = read_state(store), time.monotonic() + for_s
    while not state.complete:
        state = _step(store, state, active, jobs=jobs)
        if time.monotonic() >= stop_at:
            break
    return state


def _step(store: ObjectStore, state: IndexState, active: Set[str], *, jobs: int) -> IndexState:
    ids = list(islice(job_ids(store, after=state.through), jobs))
    rows = _rows(ids, active, store)
    if rows:
        write_segment(rows, store, level=0)
        merge(store)
    reached = IndexState(through=ids[-1] if ids else state.through, complete=len(ids) < jobs)
    store.put(keys.INDEX_STATE, reached.encode(), content_type="application/json")
    return reached


def rebuild(store: ObjectStore, *, say: Callable[[int], None] = lambda _: None) -> int:
    """Make the whole index again; returns how many jobs that are over it holds.

    Lists go by the old index until the new one is there. Jobs that end meanwhile have their own entries.

    Args:
        store: where the jobs lie.
        say: called with the number of jobs now and then.
    """
    old = segments(store)
    active = {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}
    ids, there, total = job_ids(store), set[str](), 0
    while part := list(islice(ids, SEGMENT_ROWS)):
        there.update(part)
        rows = _rows(part, active, store)
        total += len(rows)
        if rows:
            write_segment(rows, store, level=level_for(len(rows)))
        say(len(there))
    store.put(keys.INDEX_STATE, IndexState(complete=True).encode(), content_type="application/json")
    remove_entries([row for row in entries(store).values() if row.state and row.id not in there], store)
    for key in old:
        store.delete(key)
    return total


def _rows(ids: list[str], active: Set[str], store: ObjectStore) -> list[IndexRow]:
    """Of those jobs that are not active; a job that is neither active nor over is listed as long as it is there."""
    found = (read_row(job_id, store) for job_id in ids if job_id not in active)
    return [row for row in found if row is not None]
