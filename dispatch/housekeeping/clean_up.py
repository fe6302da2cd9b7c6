"""Cleans up a store: deletes what is kept no longer, and removes what was deleted more than a day ago.

Nothing is removed that a job refers to which is there: what is needed again comes back by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog
from ulid import ULID

from dispatch.board import Board
from dispatch.housekeeping.archive import is_archived
from dispatch.housekeeping.clean_up_plan import CleanUp, planned
from dispatch.housekeeping.delete import StillNeeded, Wish, delete
from dispatch.housekeeping.deletions import is_deleted, remove_deletion
from dispatch.housekeeping.expired import Expired
from dispatch.housekeeping.heatmaps import remove_heatmaps
from dispatch.housekeeping.purge import forget_deletion, forget_idempotency_keys, forget_rows, remove_objects
from dispatch.housekeeping.reference_graph import ReferenceGraph, read_graph, with_new_jobs
from dispatch.identity.audit_log import record
from dispatch.refusal import unless_refused
from dispatch.rounds import CLEANER, Lead, LeadLost
from jobs.errors import ObjectNotFound, StoreUnavailable
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import Thing, ThingKind, prefixes_of
from jobs.identity.audit_event import AuditEvent
from store.base import ObjectStore

_log = structlog.get_logger(__name__)
FOR_S = 60.0
"""A round takes about so long, after it has read what there is; the next one goes on."""
REFUSED_FOR_S = 24 * 3600.0
"""A thing of which the store refused an object is tried after all others for so long."""
INDEX_TRIES, INDEX_WAIT_S = 20, 0.25
WHO = "cleanup"
Found = TypeVar("Found", Deletion, Expired)


def clean_up(
    store: ObjectStore, board: Board, *, now: datetime | None = None, for_s: float = FOR_S, by_age: bool = True
) -> CleanUp | None:
    """Do a round of it; None where another process does.

    Args:
        store: that is cleaned up.
        board: where it is told who cleans up.
        now: in UTC; by Redis' clock where it is None, since a host whose clock is wrong would remove what is not due.
        for_s: stop about so long after it was read what there is.
        by_age: also look for what is kept no longer.

    Raises:
        StoreUnavailable, BoardUnavailable: the next round goes on.
    """
    with board.rounds.lead(what=CLEANER) as lead, suppress(LeadLost):
        return _Round(store, board, lead, for_s=for_s).run(now or board.now(), by_age=by_age) if lead else None
    return None


class _Round:
    """One round of cleaning up; stops once another process leads."""

    def __init__(self, store: ObjectStore, board: Board, lead: Lead, *, for_s: float) -> None:
        self._store = store
        self._board = board
        self._lead = lead
        self._for_s = for_s
        self._round_ends_at = self._stop_at = 0.0
        self._unfinished = False

    def run(self, now: datetime, *, by_age: bool) -> CleanUp:
        renew = self._lead.insist
        graph = read_graph(self._store, renew=renew)
        plan = planned(self._store, now=now, by_age=by_age, graph=graph, renew=renew)
        self._round_ends_at = time.monotonic() + self._for_s  # only now: of much, reading alone may take as long
        needed = self._in_time(plan.needed, self._bring_back, share=1 / 5)
        expired = self._in_time(plan.expired, partial(self._expire, graph), share=1 / 4)
        heatmaps = self._in_time(plan.heatmaps, partial(self._remove_heatmaps, graph, now), share=1 / 3)
        unused = self._in_time(plan.unused, partial(self._expire, graph), share=1 / 2)
        emptied = self._in_time(plan.removed, self._remove, share=1)
        removed = self._forget(emptied)
        for each in removed:
            self._note("remove", each.thing, each.project)
        return CleanUp(expired, heatmaps, unused, removed, needed, unfinished=self._unfinished)

    def _in_time(self, planned: Sequence[Found], step: Callable[[Found], bool], *, share: float) -> list[Found]:
        """Those of which it was done within a share of the time that is left, so that other work has its time, too."""
        now_s = time.monotonic()
        self._stop_at = now_s + (self._round_ends_at - now_s) * share
        return self._those(planned, step)

    def _those(self, planned: Sequence[Found], step: Callable[[Found], bool]) -> list[Found]:
        """Those of which it was done; one of which the store refuses an object waits for a later round."""
        marks = {each.thing: _refusal_of(each.thing) for each in planned}
        refused = self._board.rounds.not_yet(marks.values())
        ordered = sorted(planned, key=lambda each: marks[each.thing] in refused)
        return [each for each in ordered if self._is_done(partial(step, each), each.thing)]

    def _is_done(self, step: Callable[[], bool], thing: Thing) -> bool:
        def note() -> None:
            self._board.rounds.at_most_every(_refusal_of(thing), REFUSED_FOR_S)

        return unless_refused(step, self._store, otherwise=False, renew=note, thing=str(thing))

    def _bring_back(self, deletion: Deletion) -> bool:
        if not self._go_on():
            return False
        remove_deletion(deletion.thing, self._store)
        self._note("bring back", deletion.thing, deletion.project)
        return True

    def _expire(self, graph: ReferenceGraph, expired: Expired) -> bool:
        """Delete a thing as a person would, so that a person can bring it back; not what was archived meanwhile."""
        if not self._go_on() or any(is_archived(each, self._store) for each in graph.parts([expired.thing])):
            return False
        try:
            wish = Wish(expired.thing, by=WHO, why=expired.why, at=self._board.now())
            delete(wish, self._store, graph=graph)
        except (StillNeeded, ObjectNotFound):
            return False
        if expired.written_at is not None and _written_at(expired.thing, self._store) != expired.written_at:
            remove_deletion(expired.thing, self._store)  # sent again since the plan was made, so wanted again
            return False
        self._note("delete", expired.thing, expired.project)
        return True

    def _remove(self, deletion: Deletion) -> bool:
        """Remove a deleted thing, unless it was sent again since the plan was made: then it is deleted no more."""
        thing = deletion.thing
        return is_deleted(thing, self._store) and remove_objects(thing, self._store, go_on=self._go_on)

    def _remove_heatmaps(self, graph: ReferenceGraph, now: datetime, job: Expired) -> bool:
        """Remove them for good, unless somebody archived the job, or submitted one that needs it, since the plan."""
        if not self._go_on() or is_archived(job.thing, self._store):
            return False
        if with_new_jobs(graph, self._store).is_in_use(job.thing):
            return False
        if not remove_heatmaps(job, self._store, now=now, go_on=self._go_on):
            return False
        self._note("remove the heatmaps of", job.thing, job.project)
        return True

    def _forget(self, deletions: list[Deletion]) -> list[Deletion]:
        """Forget the last traces of things of which nothing is left: what says that they are deleted goes last."""
        jobs = {each.name for each in deletions if each.kind is ThingKind.JOB}
        if not forget_idempotency_keys(jobs, self._store, go_on=self._lead.holds) or not self._forget_rows(jobs):
            return []
        return self._those(deletions, self._forget_deletion)

    def _forget_deletion(self, deletion: Deletion) -> bool:
        if not self._lead.holds():
            return False
        forget_deletion(deletion.thing, self._store)
        return True

    def _forget_rows(self, job_ids: Set[str]) -> bool:
        """Write the index while nobody else does; if that is always somebody, the next round does."""
        for _ in range(INDEX_TRIES if job_ids else 0):
            with self._board.rounds.lead() as lead:
                if lead:
                    return forget_rows(job_ids, self._store, go_on=lambda: lead.holds() and self._lead.holds())
            time.sleep(INDEX_WAIT_S)
        return not job_ids

    def _go_on(self) -> bool:
        """Whether there is time left, and this process still leads."""
        goes_on = self._lead.holds() and time.monotonic() < self._stop_at
        self._unfinished |= not goes_on
        return goes_on

    def _note(self, action: str, thing: Thing, project: str) -> None:
        _log.info("cleaned_up", action=action, thing=str(thing), project=project)
        try:
            record(_event(action, thing, project), self._store)
        except StoreUnavailable as error:
            _log.error("audit_event_not_stored", error=str(error), action=action, target=str(thing))


def _refusal_of(thing: Thing) -> str:
    """The name under which ``Rounds`` remembers that the store refused an object of a thing."""
    return f"refused:{thing}"


def _written_at(thing: Thing, store: ObjectStore) -> datetime | None:
    return next((info.modified_at for info in store.list(prefixes_of(thing)[0], limit=1)), None)


def _event(action: str, thing: Thing, project: str) -> AuditEvent:
    return AuditEvent(
        id=str(ULID()).lower(),
        at=datetime.now(UTC),
        who=WHO,
        key_id="",
        role="",
        action=action,
        target=str(thing),
        project=project,
        status=200,
    )
