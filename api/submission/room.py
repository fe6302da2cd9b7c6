"""Holds what is sent and submitted against the bytes that a project may keep in the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from fastapi import HTTPException

from api.http.caller import current_caller
from dispatch.board import Board
from dispatch.housekeeping.usage_count import read_usage
from jobs.errors import BoardUnavailable
from jobs.housekeeping.usage import Usage
from store.base import ObjectStore

KEPT_S = 60.0
"""A new count of the store counts here after so long."""
RETRY_S = 3600
"""Workers count the store once an hour."""
_MB = 1_000_000


class Room:
    """What a project had in the store when that was counted last, and what was sent since then."""

    def __init__(self, store: ObjectStore, board: Board, bound: Callable[[str], int | None]) -> None:
        """Of this store; ``bound`` says how many bytes a project may keep, None for any number."""
        self._store = store
        self._bound = bound
        self._board = board
        self._asking = threading.Lock()
        self._kept: tuple[float, Usage | None] = (0.0, None)

    def take(self, size: int) -> None:
        """Count bytes that the caller's project is about to keep; nothing where nobody has to say who they are.

        Raises:
            HTTPException: 429, where the project may not keep so many; they are not counted then.
        """
        caller = current_caller()
        if not caller.key_id or not caller.project:
            return
        bound = self._bound(caller.project)
        if bound is None:
            return
        stored, since = self._stored(caller.project)
        sent = 0
        with suppress(BoardUnavailable):  # while Redis is away, what was counted last is all that is known
            sent = self._board.quotas.send(caller.project, size, since=since)
        if stored + max(sent, size) > bound:
            with suppress(BoardUnavailable):
                self._board.quotas.send(caller.project, -size, since=since)
            raise _refusal(caller.project, bound, used=stored + max(sent - size, 0), size=size)

    def _stored(self, project: str) -> tuple[int, str]:
        """Bytes of a project at the last count, without what is deleted, and when that was."""
        with self._asking:
            until, usage = self._kept
            if time.monotonic() >= until:
                usage = read_usage(self._store)
                self._kept = time.monotonic() + KEPT_S, usage
        if usage is None:
            return 0, ""
        counted = sum(each.bytes for each in usage.items if each.project == project and not each.deleted)
        return counted, usage.at.isoformat()


def _refusal(project: str, bound: int, *, used: int, size: int) -> HTTPException:
    more = f", and this has {size / _MB:.1f} MB" if size else ""
    return HTTPException(
        429,
        f"the project {project!r} may keep {bound / _MB:.1f} MB and has {used / _MB:.1f} MB{more}: delete jobs, data "
        "sets or uploads of it ('florescope delete'), which count until the next count of the store, within an hour; "
        "an admin can set another quota",
        headers={"Retry-After": str(RETRY_S)},
    )
