"""Checks that the store and the broker do what the API needs of them."""

from __future__ import annotations

import time

from dispatch.board import Board
from jobs.errors import BoardUnavailable, Retryable, StoreUnavailable
from store.base import ObjectStore

PROVE_EVERY_S = 3600.0
"""A proof also removes what killed writers have left in the store."""


class Readiness:
    """Proves every hour that the store does all that it must, and in between that it still answers."""

    def __init__(self, store: ObjectStore, board: Board) -> None:
        self._store = store
        self._board = board
        self._proven_at: float | None = None

    def check(self) -> None:
        """Return if the store and the broker work.

        Raises:
            Retryable: at least one does not; one line that names each that does not, and where it is.
        """
        troubles = []
        try:
            self._look_at_the_store()
        except StoreUnavailable as error:
            troubles.append(f"object store {self._store.url}: {error}")
        try:
            self._board.ping()
        except BoardUnavailable as error:
            troubles.append(f"broker: {error}")
        if troubles:
            raise Retryable("; ".join(troubles))

    def _look_at_the_store(self) -> None:
        if self._proven_at is not None and time.monotonic() - self._proven_at < PROVE_EVERY_S:
            self._store.ping()
        else:
            self._store.self_test()
            self._proven_at = time.monotonic()
