"""What a round of reconciliation has to know of turns: who is paused, whose deadline has passed, who stands in line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from dispatch.job_looks import JobLook
from dispatch.names import queue_of
from dispatch.turns.shared_rules import Rules
from dispatch.turns.stand import Stand
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job
from workers.lifecycle.advance_job import rebuild
from workers.lifecycle.deadline import end_late
from workers.lifecycle.job_turn import held, know_turn, let_out
from workers.lifecycle.refused_jobs import RefusedJobs
from workers.lifecycle.reports import readable_plan
from workers.step.services import Services

RULES_EVERY_S, FORGET_EVERY_S = 30.0, 60.0
_UNREADABLE = (Corrupt, NewerVersion, ObjectNotFound)
"""Errors of a job that cannot be read. They are handled elsewhere, and must not hold up other jobs."""


class RoundTurns:
    """The turns of all jobs that are not over, as this round found them."""

    def __init__(
        self, looks: Sequence[JobLook], services: Services, *, refused: RefusedJobs, renew: Callable[[], None]
    ) -> None:
        self._services = services
        self._looks = looks
        self._refused = refused
        self._rules = _rules(services)
        self._turns = services.board.turns.of(look.job_id for look in looks)
        for look in looks:
            if look.job_id not in self._turns and look.job_id not in refused:
                renew()
                with suppress(*_UNREADABLE), refused.passed_over(look.job_id):
                    self._restore(look)

    def held(self, look: JobLook, step: str) -> bool:
        """Whether a step is not to be taken now."""
        turn = self._turns.get(look.job_id)
        return not look.stopped and bool(held(turn, queue_of(step, look.lane), self._rules))

    def end_late(self) -> None:
        """Have jobs stop whose deadline has passed."""
        bound = [(look, self._turns[look.job_id].deadline) for look in self._looks if look.job_id in self._turns]
        due = [(look, deadline) for look, deadline in bound if deadline is not None and not look.stopped]
        now_s = self._services.board.time_s() if due else 0.0
        for look, deadline in due:
            if deadline.timestamp() <= now_s and look.job_id not in self._refused:
                with self._refused.passed_over(look.job_id):
                    end_late(look.job_id, deadline, self._services)

    def let_out(self) -> None:
        """Put whoever has steps to do into line, and fill the queues."""
        window = self._services.window_size()
        waiting = [look for look in self._looks if look.begun and look.to_do and not look.stopped]
        stands = [self._stand(look, window) for look in waiting]
        self._services.board.lines.settle(stands, window=window)
        for queue in {stand.queue for stand in stands}:
            let_out(queue, self._services)

    def _stand(self, look: JobLook, window: int) -> Stand:
        queue, turn = queue_of(look.following, look.lane), self._turns.get(look.job_id)
        return Stand(look.job_id, queue, turn, full=len(look.out) >= window)

    def refresh(self, job_ids: Iterable[str]) -> None:
        """Read the turns of some jobs from the store again, should the board have missed a change."""
        for job_id in (each for each in job_ids if each not in self._refused):
            with suppress(*_UNREADABLE), self._refused.passed_over(job_id):
                know_turn(_job(job_id, self._services), None, self._services)
        if self._services.board.rounds.at_most_every("turns", FORGET_EVERY_S):
            active = [look.job_id for look in self._looks]
            self._services.board.turns.keep_only(active)
            self._services.board.lines.keep_only(active)

    def _restore(self, look: JobLook) -> None:
        """Ask the store of a job of which the board knows no turn: it is new, or Redis has lost its data."""
        job = _job(look.job_id, self._services)
        turn = know_turn(job, readable_plan(job.id, self._services), self._services)
        self._turns |= self._services.board.turns.of([job.id])
        if turn.pause is not None and not look.begun:
            rebuild(job.id, self._services)  # nothing else would show how far it is


def _job(job_id: str, services: Services) -> Job:
    return Job.decode(services.store.get(keys.spec(job_id)))


def _rules(services: Services) -> Rules:
    rules = services.board.rules
    if services.board.rounds.at_most_every("rules", RULES_EVERY_S):
        return rules.copy(services.store)
    return rules.known(services.store)
