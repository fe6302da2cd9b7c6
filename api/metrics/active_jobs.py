"""Counts the jobs that are not over, and the steps that they still need, by what the board has of all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch.board import Board
from dispatch.in_parts import in_parts
from dispatch.job_looks import JobLook
from dispatch.names import QUEUES, queue_of
from jobs.state import TERMINAL, JobState
from jobs.turns.turn import Turn

JOBS_AT_ONCE = 1000


@dataclass(frozen=True)
class ActiveJobs:
    """How many jobs and steps are not over.

    Attributes:
        by_state: jobs that are not over.
        open_steps: steps to do, in a queue, postponed or being worked on, by the queue of their workers. Those that are
            still to do count where the first of them belongs: nearly always they are all of one kind. Those of paused
            jobs do not count: no worker need come for them.
    """

    by_state: Counter[JobState] = field(default_factory=Counter)
    open_steps: Counter[str] = field(default_factory=Counter)


def count_active(job_ids: Sequence[str], board: Board) -> ActiveJobs:
    """Count these jobs and their steps, many at a time.

    Raises:
        BoardUnavailable: Redis does not answer.
    """
    found = ActiveJobs(
        Counter({state: 0 for state in JobState if state not in TERMINAL}), Counter(dict.fromkeys(QUEUES, 0))
    )
    for part in in_parts(job_ids, JOBS_AT_ONCE):
        live, turns = board.progress.snapshots(part), board.turns.of(part)
        for look in board.looks.look(part):
            shown = live[look.job_id].state if look.job_id in live else JobState.QUEUED
            found.by_state[JobState.CANCELLING if look.stopped else shown] += 1
            if _stands_still(turns.get(look.job_id), look):
                continue
            found.open_steps.update(queue_of(step, look.lane) for step in look.wanted)
            found.open_steps.update(_to_do(look))
    return found


def _stands_still(turn: Turn | None, look: JobLook) -> bool:
    """Whether the job is paused, so that no worker need come for it."""
    return turn is not None and turn.pause is not None and not look.stopped


def _to_do(look: JobLook) -> dict[str, int]:
    return {queue_of(look.following, look.lane): look.to_do} if look.to_do and not look.stopped else {}
