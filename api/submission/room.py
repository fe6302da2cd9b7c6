"""Holds what is sent and submitted against the bytes that a key and a project may keep in the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from fastapi import HTTPException

from api.http.caller import Caller, current_caller
from dispatch.board import Board
from dispatch.housekeeping.usage_count import read_usage
from dispatch.identity.quota_book import Holder
from jobs.errors import BoardUnavailable
from jobs.housekeeping.usage import Usage
from store.base import ObjectStore

KEPT_S = 60.0
"""A new count of the store counts here after so long."""
RETRY_S = 3600
"""Workers count the store once an hour."""
_MB = 1_000_000


class Room:
    """What keys and projects had in the store when that was counted last, and what was sent since then."""

    def __init__(self, store: ObjectStore, board: Board, holders: Callable[[Caller, str], Iterable[Holder]]) -> None:
        """Of this store; ``holders`` says whose quotas hold for a caller in a project."""
        self._store = store
        self._holders = holders
        self._board = board
        self._asking = threading.Lock()
        self._kept: tuple[float, Usage | None] = (0.0, None)

    def take(self, size: int) -> None:
        """Count bytes that the caller is about to keep; nothing where nobody has to say who they are.

        Raises:
            HTTPException: 429, where the key or the project may not keep so many; they are not counted then.
        """
        caller = current_caller()
        usage, taken = None, list[Holder]()
        for holder in self._holders(caller, caller.project):
            bound = holder.quota.bytes
            if bound is None:
                continue
            usage = usage or self._usage()
            since, stored = (usage.at.isoformat(), _counted(usage, holder, caller)) if usage else ("", 0)
            sent = self._send(holder, size, since=since)
            taken.append(holder)
            if stored + max(sent, size) > bound:
                for each in taken:
                    self._send(each, -size, since=since)
                raise _refusal(holder, bound, used=stored + max(sent - size, 0), size=size)

    def _send(self, holder: Holder, size: int, *, since: str) -> int:
        with suppress(BoardUnavailable):  # while Redis is away, what was counted last is all that is known
            return self._board.quotas.send(holder, size, since=since)
        return 0

    def _usage(self) -> Usage | None:
        """The last count of the store."""
        with self._asking:
            until, usage = self._kept
            if time.monotonic() >= until:
                usage = read_usage(self._store)
                self._kept = time.monotonic() + KEPT_S, usage
        return usage


def _counted(usage: Usage, holder: Holder, caller: Caller) -> int:
    """Bytes of a project, or what the caller put into any, without what is deleted."""
    if holder.is_key:
        return sum(each.bytes for each in usage.submitters if each.submitter == caller.name)
    return sum(each.bytes for each in usage.items if each.project == caller.project and not each.deleted)


def _refusal(holder: Holder, bound: int, *, used: int, size: int) -> HTTPException:
    more = f", and this has {size / _MB:.1f} MB" if size else ""
    whose = "that you submitted or sent" if holder.is_key else "of it"
    return HTTPException(
        429,
        f"{holder.in_words()} may keep {bound / _MB:.1f} MB and has {used / _MB:.1f} MB{more}: delete jobs, data sets "
        f"or uploads {whose} ('florescope delete'), which count until the next count of the store, within an hour; "
        "an admin can set another quota",
        headers={"Retry-After": str(RETRY_S)},
    )
