"""Announces workers on the board: people see who is there, and the windows of jobs fit the number that computes."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime

from celery import Celery

from dispatch.board import Board
from dispatch.live_workers import WORKER_TTL_S
from dispatch.names import LONG_QUEUES
from jobs.live.at_work import WorkerSign
from settings import Settings
from workers.process.gpus import gpu_use, open_nvml
from workers.process.opening import services
from workers.step.attempts import Attempts


def watch(worker: str, app: Celery, settings: Settings) -> None:
    """In the parent of a worker: announce it until the process ends."""
    queues = tuple(app.amqp.queues.consume_from)
    sign = WorkerSign(worker=worker, queues=queues, since=datetime.now(UTC))
    board = services(app, settings, worker=worker).board
    threading.Thread(target=_announce, args=(board, sign), name="liveness", daemon=True).start()


def _announce(board: Board, sign: WorkerSign) -> None:
    attempts = Attempts("worker_not_announced")
    computes = bool(set(LONG_QUEUES) & set(sign.queues))
    nvml = open_nvml() if computes else None
    while True:
        attempts.run(lambda: _give(board, sign.model_copy(update={"gpus": gpu_use(nvml)}), computes=computes))
        time.sleep(WORKER_TTL_S / 3)


def _give(board: Board, sign: WorkerSign, *, computes: bool) -> None:
    """A sign of life for people; one that computes also counts for the windows of jobs."""
    board.staff.give(sign.worker, sign.model_copy(update={"disk_free": _disk_free()}))
    if computes:
        board.workers.announce(sign.worker)


def _disk_free() -> float | None:
    try:
        disk = shutil.disk_usage(tempfile.gettempdir())
    except OSError:
        return None
    return disk.free / disk.total if disk.total else None
