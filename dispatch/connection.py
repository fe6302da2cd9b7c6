"""Opens all that lies in Redis from one URL."""

from __future__ import annotations

from dataclasses import dataclass

from celery import Celery

from dispatch.board import Board
from dispatch.celery_app import make_celery
from dispatch.lease import Leases
from dispatch.redis_address import RedisAddress
from dispatch.redis_client import open_redis
from dispatch.step_queue import CeleryStepQueue
from dispatch.turns.dispatcher import Dispatcher
from dispatch.window import Windows


@dataclass(frozen=True)
class Connection:
    """The broker and the board, as one value to hand on."""

    celery: Celery
    board: Board
    leases: Leases
    windows: Windows
    queue: CeleryStepQueue
    dispatcher: Dispatcher


def connect(
    *,
    redis_url: str | RedisAddress,
    key_prefix: str = "florescope:",
    lease_ttl_s: float = 30.0,
    celery: Celery | None = None,
) -> Connection:
    """Open the board and the broker; nothing is sent until they are used."""
    client = open_redis(redis_url)
    app = celery or make_celery(redis_url)
    board = Board(client, key_prefix)
    queue = CeleryStepQueue(app, client, board.turns.lane)
    return Connection(
        celery=app,
        board=board,
        leases=Leases(client, key_prefix, ttl_s=lease_ttl_s),
        windows=Windows(client, key_prefix),
        queue=queue,
        dispatcher=Dispatcher(board.lines, queue),
    )
