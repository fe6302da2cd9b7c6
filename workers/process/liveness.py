"""Announces compute workers on the board, so that the windows of jobs fit their number."""

from __future__ import annotations

import threading
import time

from celery import Celery

from dispatch.board import Board
from dispatch.live_workers import WORKER_TTL_S
from dispatch.names import COMPUTE_QUEUES
from settings import Settings
from workers.process.opening import services
from workers.step.attempts import Attempts


def watch(worker: str, app: Celery, settings: Settings) -> None:
    """In the parent of a worker that computes: announce it until the process ends."""
    if set(COMPUTE_QUEUES) & set(app.amqp.queues.consume_from):
        board = services(app, settings, worker=worker).board
        threading.Thread(target=_announce, args=(board, worker), name="liveness", daemon=True).start()


def _announce(board: Board, worker: str) -> None:
    attempts = Attempts("worker_not_announced")
    while True:
        attempts.run(lambda: board.workers.announce(worker))
        time.sleep(WORKER_TTL_S / 3)
