"""Keeps the index of jobs right, whatever was lost on the way, and small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from dispatch.job_index.build import build_some
from dispatch.job_index.entries import entries, read_row, remarked, remove_entries
from dispatch.job_index.segments import compact
from dispatch.refusal import passed_over
from dispatch.rounds import no_lead, renewing
from jobs.lists.index_row import IndexRow
from store.base import ObjectStore

BUILD_S = 1.0
NOTED_A_ROUND = 200


def keep_index(active: Set[str], store: ObjectStore, *, renew: Callable[[], None] = no_lead) -> None:
    """Note jobs that need an entry and have none, settle those that left ``active/`` without a word, pack what ended.

    A job needs an entry while it is active, or while no segment knows its remarks. A store that a release without an
    index has left is taken into it little by little.

    Args:
        active: jobs that are not over, listed just before.
        store: where the index lies.
        renew: called again and again: one at a time writes the index, and this may take long.
    """
    noted = entries(store)
    unnoted = [job_id for job_id in (*active, *remarked(store)) if job_id not in noted]
    _note(unnoted[:NOTED_A_ROUND], store, renew)
    gone = {row for row in noted.values() if row.id not in active}
    settled = _settle((row for row in gone if not row.state), store, renew)
    compact([row for row in gone if row.state] + settled, store, renew=renew)
    build_some(store, active, for_s=BUILD_S, renew=renew)


def _note(job_ids: Iterable[str], store: ObjectStore, renew: Callable[[], None]) -> None:
    for job_id in renewing(job_ids, renew):
        with passed_over(store, renew=renew, job_id=job_id):
            row = read_row(job_id, store)
            if row is not None:
                store.put(row.key, b"")


def _settle(rows: Iterable[IndexRow], store: ObjectStore, renew: Callable[[], None]) -> list[IndexRow]:
    """Find out how these jobs ended; one that was taken back is forgotten, one that was just submitted stays.

    What was noted of a job by its id alone, while the store refused it, gives way to what its documents say.
    """
    found = list[IndexRow]()
    for row in renewing(rows, renew):
        with passed_over(store, renew=renew, job_id=row.id):
            now = read_row(row.id, store)
            if now is not None and (now.state or not row.kind):
                store.put(now.key, b"")
            if now is None or not row.kind:
                remove_entries([row], store)
            if now is not None and now.state:
                found.append(now)
    return found
