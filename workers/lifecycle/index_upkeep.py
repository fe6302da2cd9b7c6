"""Keeps the index of jobs right, whatever was lost on the way, and small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dispatch.job_index.build import build_some
from dispatch.job_index.entries import entries, read_row, remarked, remove_entries
from dispatch.job_index.segments import compact
from dispatch.refusal import passed_over
from dispatch.rounds import no_lead, renewing
from jobs.lists.index_row import IndexRow
from store.base import ObjectStore
from workers.lifecycle.refused_jobs import RefusedJobs

BUILD_S = 1.0
NOTED_A_ROUND = 200


def keep_index(
    active: Set[str],
    store: ObjectStore,
    *,
    renew: Callable[[], None] = no_lead,
    refused: RefusedJobs | None = None,
) -> None:
    """Note jobs that need an entry and have none, settle those that left ``active/`` without a word, pack what ended.

    A job needs an entry while it is active, or while no segment knows its remarks. A store that a release without an
    index has left is taken into it little by little.

    Args:
        active: jobs that are not over, listed just before.
        store: where the index lies.
        renew: called again and again: one at a time writes the index, and this may take long.
        refused: jobs that are left alone for a while, since the store refused an object of them; None: no job is.
    """
    upkeep = _Upkeep(store, renew, refused)
    noted = entries(store)
    unnoted = [job_id for job_id in (*active, *remarked(store)) if job_id not in noted]
    upkeep.note(upkeep.given(unnoted)[:NOTED_A_ROUND])
    gone = {row.id: row for row in noted.values() if row.id not in active}
    rows = [gone[job_id] for job_id in upkeep.given(gone)]
    settled = upkeep.settle(row for row in rows if not row.state)
    compact([row for row in rows if row.state] + settled, store, renew=renew, on_refusal=upkeep.on_refusal)
    build_some(store, active, for_s=BUILD_S, renew=renew)


@dataclass(frozen=True)
class _Upkeep:
    """One round of it."""

    store: ObjectStore
    renew: Callable[[], None]
    refused: RefusedJobs | None

    def given(self, job_ids: Iterable[str]) -> list[str]:
        """Those of these jobs that the store did not refuse lately."""
        every = list(job_ids)
        if self.refused is None:
            return every
        self.refused.ask(every)
        return [job_id for job_id in every if job_id not in self.refused]

    def on_refusal(self, job_id: str) -> None:
        """Leave a job alone for a while, since the store refuses an object of it."""
        if self.refused is None:
            self.renew()
        else:
            self.refused.note(job_id)

    def note(self, job_ids: Iterable[str]) -> None:
        """Write the entries of jobs that have none."""
        for job_id in renewing(job_ids, self.renew):
            with self._passed_over(job_id):
                row = read_row(job_id, self.store)
                if row is not None:
                    self.store.put(row.key, b"")

    def settle(self, rows: Iterable[IndexRow]) -> list[IndexRow]:
        """Find out how these jobs ended; one that was taken back is forgotten, one that was just submitted stays.

        What was noted of a job by its id alone, while the store refused it, gives way to what its documents say.
        """
        found = list[IndexRow]()
        for row in renewing(rows, self.renew):
            with self._passed_over(row.id):
                now = read_row(row.id, self.store)
                if now is not None and (now.state or not row.kind):
                    self.store.put(now.key, b"")
                if now is None or not row.kind:
                    remove_entries([row], self.store)
                if now is not None and now.state:
                    found.append(now)
        return found

    def _passed_over(self, job_id: str) -> AbstractContextManager[None]:
        if self.refused is None:
            return passed_over(self.store, renew=self.renew, job_id=job_id)
        return self.refused.passed_over(job_id)
