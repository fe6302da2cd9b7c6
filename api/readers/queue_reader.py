"""Says where jobs wait that no worker has taken up: it is read from the queues and the board, never guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispatch.board import Board
from dispatch.step_queue import READ_AT_MOST, QueueOrder, StepQueue
from dispatch.turns.shared_rules import Rules
from jobs.live.at_work import QueuePlace, StepSign, WorkerSign
from store.base import ObjectStore

KEPT_S = 1.0
_NAMED = 20
Steps = Iterable[str]


@dataclass(frozen=True)
class Staff:
    """Who works, and on what."""

    at_work: tuple[StepSign, ...]
    workers: tuple[WorkerSign, ...]


class QueueReader:
    """Reads the queues at most once a second, however many ask."""

    def __init__(self, board: Board, queue: StepQueue, store: ObjectStore) -> None:
        self._board = board
        self._queue = queue
        self._store = store
        self._lock = threading.Lock()
        self._until = 0.0
        self._places: Mapping[str, QueuePlace] = {}

    def places(self, job_ids: Iterable[str]) -> dict[str, QueuePlace]:
        """The places of those of these jobs of which a step waits.

        Raises:
            BoardUnavailable: Redis does not answer.
        """
        wanted = list(job_ids)
        if not wanted:
            return {}
        with self._lock:
            if time.monotonic() >= self._until:
                self._places = self._look()
                self._until = time.monotonic() + KEPT_S
            return {job_id: self._places[job_id] for job_id in wanted if job_id in self._places}

    def _look(self) -> dict[str, QueuePlace]:
        board = self._board
        rules, order = board.rules.known(self._store), self._queue.order()
        staff = Staff(tuple(board.at_work.seen()), tuple(board.staff.seen()))
        steps = {
            queue: [*_sent(found), *board.lines.following(queue, rules.weights, most=READ_AT_MOST)]
            for queue, found in order.items()
        }
        return places_in(steps, staff, rules)


def _sent(found: QueueOrder) -> Steps:
    return (job_id for job_id, _ in found.steps)


def places_in(steps: Mapping[str, Steps], staff: Staff, rules: Rules) -> dict[str, QueuePlace]:
    """The first place of each job.

    Args:
        steps: by queue, the job of each step that waits, in the order in which they are taken.
        staff: who works, and on what.
        rules: which queues are paused.
    """
    found: dict[str, QueuePlace] = {}
    for queue, waiting in steps.items():
        behind = list(dict.fromkeys(sign.job_id for sign in staff.at_work if sign.queue == queue))
        there = sum(queue in worker.queues for worker in staff.workers)
        for ahead, job_id in enumerate(waiting):
            if job_id not in found:
                others = tuple(each for each in behind if each != job_id)
                pause = rules.pauses.get(queue)
                found[job_id] = QueuePlace(queue=queue, ahead=ahead, behind=others[:_NAMED], workers=there, pause=pause)
            if job_id not in behind and len(behind) < _NAMED:
                behind.append(job_id)
    return found
