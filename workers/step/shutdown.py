"""Orderly shutdown: the parent passes SIGTERM on to its children, which stop between two batches."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from types import FrameType

from billiard import process

_requested = threading.Event()


def requested() -> bool:
    """Whether this process was asked to leave."""
    return _requested.is_set()


def listen() -> None:
    """In a child: take SIGTERM as a request, not as an order.

    Called when a step begins: the pool resets all signals after its own start-up hooks have run.
    """

    def note(_signal: int, _frame: FrameType | None) -> None:
        _requested.set()

    signal.signal(signal.SIGTERM, note)


def forward_sigterm(*, grace_s: float) -> None:
    """In the parent: ask the children to leave, and end those that have not after ``grace_s`` seconds."""
    children = [child.pid for child in process.active_children() if child.pid]
    for pid in children:
        _signal(pid, signal.SIGTERM)
    kill_timer = threading.Timer(grace_s, _end, args=(children,))
    kill_timer.daemon = True
    kill_timer.start()


def _end(children: list[int]) -> None:
    for pid in children:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
