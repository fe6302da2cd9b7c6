"""Changes whose turn it is: priorities, deadlines and pauses, durable in the store and at once through the board."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from dispatch.board import Board
from dispatch.step_queue import StepQueue
from dispatch.turns import shared_rules
from dispatch.turns.turn_documents import read_turn, turn_of, write_turn
from jobs import keys
from jobs.errors import BoardUnavailable, Corrupt
from jobs.job import Job
from jobs.plan import PLAN
from jobs.turns.turn import JobTurn, Pause, ProjectWeight
from store.base import ObjectStore

_log = structlog.get_logger(__name__)


class Turns:
    """What people do to turns. Where Redis is away, reconciliation shows the board later what the store says."""

    def __init__(self, store: ObjectStore, board: Board, queue: StepQueue) -> None:
        self._store = store
        self._board = board
        self._queue = queue

    def change(self, job_id: str, changes: Mapping[str, Any]) -> JobTurn:
        """Give a job another priority or deadline.

        Raises:
            ObjectNotFound, Corrupt, NewerVersion: there is no such job, or it cannot be read.
            BoardUnavailable: what is stored of its turn is damaged, and Redis does not say what it was.
        """
        job = Job.decode(self._store.get(keys.spec(job_id)))
        turn = write_turn(self._before(job_id), changes, self._store)
        with suppress(BoardUnavailable):
            self._board.turns.put(job_id, turn_of(job, turn))
            self._board.lines.change(job_id, anew="priority" in changes)
        return turn

    def pause(self, job_id: str, by: str) -> JobTurn:
        """Have no further step of a job taken; who paused it first is remembered."""
        before = self._before(job_id)
        return before if before.pause else self.change(job_id, {"pause": Pause(by=by, at=datetime.now(UTC))})

    def resume(self, job_id: str) -> JobTurn:
        """Have steps of a job taken again. The message of its planning has a worker look what is next."""
        turn = self.change(job_id, {"pause": None})
        with suppress(BoardUnavailable):
            self._queue.enqueue(job_id, PLAN)
            self._queue.call_reconciler()
        return turn

    def _before(self, job_id: str) -> JobTurn:
        """The stored turn; one that is damaged is stored anew, as the board knows it, else the usual one."""
        try:
            return read_turn(job_id, self._store)
        except Corrupt as error:
            _log.warning("turn_unreadable", job_id=job_id, error=str(error))
            known = self._board.turns.own(job_id)
            told = {} if known is None else known.model_dump(include={"priority", "deadline", "pause", "revision"})
            return write_turn(JobTurn(job_id=job_id, **told), {}, self._store)

    def pause_queue(self, queue: str, by: str) -> None:
        """Have no further step taken from a queue."""
        shared_rules.pause_queue(queue, Pause(by=by, at=datetime.now(UTC)), self._store)
        self._show_rules()

    def resume_queue(self, queue: str) -> None:
        """Have steps taken from it again."""
        shared_rules.resume_queue(queue, self._store)
        self._show_rules()
        with suppress(BoardUnavailable):
            self._queue.call_reconciler()

    def set_weight(self, project: str, weight: float) -> ProjectWeight:
        """Give a project another share of the workers."""
        document = ProjectWeight(project=project, weight=weight)
        shared_rules.write_weight(document, self._store)
        self._show_rules()
        return document

    def _show_rules(self) -> None:
        with suppress(BoardUnavailable):
            self._board.rules.copy(self._store)
