"""Whether a step may be taken now: a paused job or queue holds its steps back."""

from __future__ import annotations

from contextlib import suppress

import structlog

from dispatch.names import lane_of, queue_of
from dispatch.turns.shared_rules import Rules
from dispatch.turns.turn_documents import read_turn, turn_of
from jobs import keys
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound
from jobs.job import Job
from jobs.plan import Plan
from jobs.turns.turn import JobTurn, Turn
from workers.step.services import Services

_log = structlog.get_logger(__name__)


def know_turn(job: Job, plan: Plan | None, services: Services) -> Turn:
    """Put on the board what the store says of the turn of a job, and through which queue it goes.

    Returns the turn with the priority and the pause of the parent, which is put on the board, too, where it is missing.

    Raises:
        NewerVersion: a later release wrote the turn.
    """
    lane = lane_of(job.spec, plan)
    if lane:
        services.board.turns.set_lane(job.id, lane)
    turn = turn_of(job, _stored_turn(job.id, services))
    services.board.turns.put(job.id, turn)
    if job.parent is None:
        return turn
    _know_parent(job.parent, services)
    return services.board.turns.of([job.id]).get(job.id, turn)


def _know_parent(job_id: str, services: Services) -> None:
    if services.board.turns.own(job_id) is None and services.store.head(keys.end(job_id)) is None:
        with suppress(Corrupt, NewerVersion, ObjectNotFound):  # it holds nobody back then
            know_turn(Job.decode(services.store.get(keys.spec(job_id))), None, services)


def _stored_turn(job_id: str, services: Services) -> JobTurn:
    """The stored turn; one that is damaged counts as if it were not there, so that its job goes on."""
    try:
        return read_turn(job_id, services.store)
    except Corrupt as error:
        _log.warning("turn_unreadable", job_id=job_id, error=str(error))
        return JobTurn(job_id=job_id)


def why_held(job: Job, step: str, services: Services) -> str:
    """Why a step is not to be taken now, in words; empty if it may be."""
    board = services.board
    turn = board.turns.of([job.id]).get(job.id) or know_turn(job, None, services)
    reason = held(turn, queue_of(step, board.turns.lane(job.id)), board.rules.known(services.store))
    if reason and (board.stopped(job.id) or services.store.head(keys.cancel(job.id)) is not None):
        return ""
    return reason


def held(turn: Turn | None, queue: str, rules: Rules) -> str:
    """Why nothing of a job is taken from a queue, in words; empty if something may be."""
    if turn is not None and turn.pause is not None:
        return turn.pause.in_words()
    pause = rules.pauses.get(queue)
    return f"the queue {queue} is {pause.in_words()}" if pause else ""


def let_out(queue: str, services: Services) -> None:
    """Have the queue filled with what is next."""
    services.dispatcher.fill(queue, services.board.rules.known(services.store), window_size=services.window_size())
