"""Makes the index from the jobs themselves: once for a store that has none, and whenever somebody asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Set
from contextlib import suppress
from functools import partial
from itertools import islice

from pydantic import JsonValue

from dispatch.job_index.entries import entries, read_row, remove_entries
from dispatch.job_index.segments import (
    FANOUT,
    ROWS,
    drop_rows,
    given_facts,
    level_for,
    merge,
    read_segment,
    segments,
    write_segment,
)
from dispatch.refusal import passed_over, unless_refused
from dispatch.rounds import no_lead, renewing
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.thing import ThingKind, thing_of_deletion
from jobs.lists import index_keys
from jobs.lists.index_row import IndexRow, IndexState
from store.base import ObjectStore

KEYS_AT_ONCE = 200
"""Keys that are listed in one call. A job with more of them is skipped by listing again behind it."""
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
        return IndexState.decode(store.get(index_keys.STATE))
    except (ObjectNotFound, Corrupt):
        return IndexState()


def build_some(
    store: ObjectStore, active: Set[str], *, for_s: float, jobs: int = ROWS, renew: Callable[[], None] = no_lead
) -> IndexState:
    """Take older jobs into the index for about so long; goes on where an earlier call stopped.

    Args:
        store: where the jobs lie.
        active: jobs that are not over: their end puts them into the index.
        for_s: stop after so many seconds, at the next step.
        jobs: that are read in one step.
        renew: called again and again, since reading may take long.
    """
    state, stop_at = read_state(store), time.monotonic() + for_s
    while not state.complete:
        state = _step(store, state, active, jobs=jobs, renew=renew)
        if time.monotonic() >= stop_at:
            break
    return state


def _step(
    store: ObjectStore, state: IndexState, active: Set[str], *, jobs: int, renew: Callable[[], None]
) -> IndexState:
    ids = list(islice(job_ids(store, after=state.through), jobs))
    rows, facts = _given(ids, active, store, renew)
    if rows:
        write_segment(rows, store, level=0, facts=facts)
        merge(store, renew=renew)
    reached = IndexState(through=ids[-1] if ids else state.through, complete=len(ids) < jobs)
    store.put(index_keys.STATE, reached.encode(), content_type="application/json")
    return reached


def rebuild(store: ObjectStore, *, say: Callable[[int], None] = lambda _: None) -> int:
    """Make the whole index again; returns how many jobs that are over it holds.

    Lists go by the old index until the new one is there. Jobs that end meanwhile have their own entries.

    Args:
        store: where the jobs lie.
        say: called with the number of jobs now and then.
    """
    before, old, deleted = entries(store), segments(store), _deleted(store)
    active = {keys.job_of_active(info.key) for info in store.list(keys.ACTIVE_PREFIX)}
    ids, there, total = job_ids(store), set[str](), 0
    while part := list(islice(ids, SEGMENT_ROWS)):
        there.update(part)
        rows, facts = _given(part, active, store, no_lead)
        total += len(rows)
        if rows:
            write_segment(rows, store, level=level_for(len(rows)), facts=facts)
        say(len(there))
    store.put(index_keys.STATE, IndexState(complete=True).encode(), content_type="application/json")
    remove_entries([row for row in before.values() if row.state and row.id not in there], store)
    for key in old:
        with passed_over(store, key=key):
            store.delete(key)
    removed = {job_id for job_id in deleted & there if store.head(keys.spec(job_id)) is None}
    if removed:  # by cleaning up, after they had been read here
        drop_rows(removed, store, go_on=lambda: True)
    return total


def _deleted(store: ObjectStore) -> set[str]:
    """Ids of jobs that are deleted, and so may be removed at any time."""
    found = (thing_of_deletion(info.key) for info in store.list(housekeeping_keys.DELETIONS_PREFIX))
    return {thing.name for thing in found if thing is not None and thing.kind is ThingKind.JOB}


def _given(
    ids: list[str], active: Set[str], store: ObjectStore, renew: Callable[[], None]
) -> tuple[list[IndexRow], dict[str, list[JsonValue]]]:
    """Rows and facts of those jobs that are not active; one that is not over either is listed as long as it is there.

    A job of which the store refuses a document gets an entry, so that lists and cleaning up know that it is there:
    whoever keeps the index settles and packs that once the store gives the job.
    """
    found = (_row(job_id, store, renew) for job_id in renewing(ids, renew) if job_id not in active)
    rows = [row for row in found if row is not None]
    given, facts = given_facts([row for row in rows if row.kind], store, renew=renew)
    _note_refused(set(rows).difference(given), store)
    return given, facts


def _row(job_id: str, store: ObjectStore, renew: Callable[[], None]) -> IndexRow | None:
    """As ``read_row``; what the id tells, which is no kind and no project, where the store refuses the job."""
    told: IndexRow | None = IndexRow(job_id, project="")
    return unless_refused(partial(read_row, job_id, store), store, otherwise=told, renew=renew, job_id=job_id)


def _note_refused(rows: Collection[IndexRow], store: ObjectStore) -> None:
    """Note jobs that have no entry, by what a segment of before says of them, where one does."""
    new = [row for row in rows if not any(store.list(index_keys.entries(row.id), limit=1))]
    known = _packed({row.id for row in new}, store) if new else {}
    for row in new:
        store.put(row.key if row.kind else known.get(row.id, row).key, b"")


def _packed(job_ids: Set[str], store: ObjectStore) -> dict[str, IndexRow]:
    found = dict[str, IndexRow]()
    for key in segments(store):
        with passed_over(store, key=key), suppress(ObjectNotFound, Corrupt, NewerVersion):
            found |= {row.id: row for row in read_segment(key, store).rows if row.id in job_ids}
    return found
