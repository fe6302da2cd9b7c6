"""Says where jobs wait that no worker has taken up: it is read from the queues and the board, never guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

from dispatch.board import Board
from dispatch.step_queue import QueueOrder, StepQueue
from jobs.live.at_work import QueuePlace, StepSign, WorkerSign

KEPT_S = 1.0
_NAMED = 20


class QueueReader:
    """Reads the queues at most once a second, however many ask."""

    def __init__(self, board: Board, queue: StepQueue) -> None:
        self._board = board
        self._queue = queue
        self._lock = threading.Lock()
        self._until = 0.0
        self._places: Mapping[str, QueuePlace] = {}

    def places(self, job_ids: Iterable[str]) -> dict[str, QueuePlace]:
        """The places of those of these jobs of which a message waits.

        Raises:
            BoardUnavailable: Redis does not answer.
        """
        wanted = list(job_ids)
        if not wanted:
            return {}
        with self._lock:
            if time.monotonic() >= self._until:
                self._places = places_in(self._queue.order(), self._board.at_work.seen(), self._board.staff.seen())
                self._until = time.monotonic() + KEPT_S
            return {job_id: self._places[job_id] for job_id in wanted if job_id in self._places}


def places_in(
    order: Mapping[str, QueueOrder], at_work: Iterable[StepSign], staff: Iterable[WorkerSign]
) -> dict[str, QueuePlace]:
    """The first place of each job in each queue's order."""
    found: dict[str, QueuePlace] = {}
    working, workers = list(at_work), list(staff)
    for queue, waiting in order.items():
        behind = list(dict.fromkeys(sign.job_id for sign in working if sign.queue == queue))
        there = sum(queue in worker.queues for worker in workers)
        for ahead, (job_id, _) in enumerate(waiting.steps):
            if job_id not in found:
                others = tuple(each for each in behind if each != job_id)
                found[job_id] = QueuePlace(queue=queue, ahead=ahead, behind=others[:_NAMED], workers=there)
            if job_id not in behind and len(behind) < _NAMED:
                behind.append(job_id)
    return found
