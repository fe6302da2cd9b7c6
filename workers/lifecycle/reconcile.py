"""Reconciliation: enqueue again every step that got lost, going by the object store alone.

Every few seconds, one worker looks at all jobs that are not over. A step is lost if it should be under way, but is
not done, lies in no queue, is not postponed, and no worker holds its lease. What all jobs have on the board is read in
a few calls; the store is asked only about jobs of which a step is lost, and about a few more, in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Set

import structlog

from dispatch.job_looks import JobLook
from dispatch.refusal import passed_over
from dispatch.rounds import Lead, LeadLost
from jobs import keys
from jobs.errors import JobError, NewerVersion, Retryable
from workers.lifecycle.index_upkeep import keep_index
from workers.lifecycle.lost_job import LostJob, close_or_stop, enqueue_again
from workers.lifecycle.refused_jobs import RefusedJobs
from workers.lifecycle.restore_progress import count_failed
from workers.lifecycle.round_turns import RoundTurns
from workers.notice.send_due import start_sending
from workers.step.services import Services

_log = structlog.get_logger(__name__)
# A message that was just sent or just taken is in no queue and has no lease yet.
GRACE_S = 8.0
# Whatever the board says, the store is asked now and then whether a job is over or is to stop.
LOOK_EVERY_S, LOOKS_A_ROUND = 30.0, 20
COUNTED_JOBS_A_ROUND = 4
INDEX_EVERY_S = 10.0
NOTICES_EVERY_S = 2.0
Waiting = Mapping[str, Set[str]]


def reconcile(services: Services, *, rest_s: float = 0.0) -> int:
    """One round over all jobs; returns how many steps were enqueued again.

    Args:
        services: of this worker.
        rest_s: calls that come within so many seconds after this round do nothing, nor do those during it.
    """
    with services.board.rounds.lead(rest_s=rest_s) as lead:
        return _Round(services, lead).run() if lead else 0


class _Round:
    """One round over all jobs that are not over."""

    _refused: RefusedJobs

    def __init__(self, services: Services, lead: Lead) -> None:
        self._services = services
        self._lead = lead

    def run(self) -> int:
        """Enqueue what is lost, and let out what the windows have room for."""
        services = self._services
        services.queue.drop_calls()
        active = [keys.job_of_active(info.key) for info in services.store.list(keys.ACTIVE_PREFIX)]
        waiting = _by_job(services.queue.waiting())
        looks = services.board.looks.look(active)
        self._refused = RefusedJobs(active, services, renew=self._renew)
        turns = RoundTurns(looks, services, refused=self._refused, renew=self._renew)
        turns.end_late()
        absent = self._absent(looks, waiting, turns)
        self._forget_found(looks, absent)
        enqueued = self._each(looks, lambda look: self._go_on(look, waiting, absent.get(look.job_id, set())))
        turns.let_out()
        turns.refresh(self._take_turns(active))
        self._count_failed(looks)
        if services.board.rounds.at_most_every("index", INDEX_EVERY_S) and self._lead.renew():
            with passed_over(services.store, renew=self._renew, part="index"):
                keep_index(set(active), services.store, renew=self._lead.insist, refused=self._refused)
        if services.board.rounds.at_most_every("notices", NOTICES_EVERY_S):
            start_sending(services)
        return enqueued

    def _renew(self) -> None:
        if not self._lead.renew():
            raise LeadLost("another worker reconciles by now")

    def _absent(self, looks: list[JobLook], waiting: Waiting, turns: RoundTurns) -> dict[str, set[str]]:
        """By job, the steps that should be under way and are nowhere to be seen; what is paused need not be."""
        nothing = frozenset[str]()
        unseen = [
            (look.job_id, step)
            for look in looks
            for step in look.wanted
            if step not in waiting.get(look.job_id, nothing) and step not in look.later and not turns.held(look, step)
        ]
        held = self._services.board.looks.held(unseen)
        return _by_job({step for step in unseen if step not in held})

    def _forget_found(self, looks: list[JobLook], absent: Mapping[str, set[str]]) -> None:
        found = {look.job_id: look.missing - absent.get(look.job_id, set()) for look in looks if look.missing}
        self._services.board.counters.clear_all_missing({job_id: steps for job_id, steps in found.items() if steps})

    def _each(self, looks: list[JobLook], action: Callable[[JobLook], int]) -> int:
        """Do something for every job; one that is broken must not hold up the others."""
        done = 0
        for look in looks:
            try:
                with self._refused.passed_over(look.job_id):
                    done += action(look)
            except NewerVersion as error:
                _log.warning("job_not_reconciled", job_id=look.job_id, error=str(error))
            except Retryable:
                raise
            except JobError as error:
                _log.error("job_not_reconciled", job_id=look.job_id, error=str(error))
        return done

    def _go_on(self, look: JobLook, waiting: Waiting, absent: set[str]) -> int:
        if not absent:
            return 0
        self._renew()
        due, lost = absent & look.due, absent - look.due
        for step in due:
            enqueue_again(look.job_id, step, self._services)
        if not lost or look.job_id in self._refused:
            return len(due)
        present = waiting.get(look.job_id, set()) | look.due
        return len(due) + LostJob(look, self._services, grace_s=GRACE_S).revive(present)

    def _take_turns(self, active: list[str]) -> list[str]:
        taken = self._services.board.rounds.turn(active, every_s=LOOK_EVERY_S, limit=LOOKS_A_ROUND)
        for job_id in taken:
            with self._refused.passed_over(job_id):
                close_or_stop(job_id, self._services)
            self._services.windows.renew(job_id)
            self._services.board.progress.counts.renew(job_id)
        return taken

    def _count_failed(self, looks: list[JobLook]) -> None:
        uncounted = [look.job_id for look in looks if look.uncounted]
        for job_id in uncounted[:COUNTED_JOBS_A_ROUND]:
            count_failed(job_id, self._services, renew=self._lead.insist)


def _by_job(steps: Set[tuple[str, str]]) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for job_id, step in steps:
        found[job_id].add(step)
    return found
