"""Whether the store and the broker do what the API needs of them."""

from __future__ import annotations

from dispatch.board import Board
from jobs.errors import BoardUnavailable, Retryable, StoreUnavailable
from store.base import ObjectStore


def check_ready(*, store: ObjectStore, board: Board) -> None:
    """Pass if both work.

    Raises:
        Retryable: at least one does not; one line that names each that does not, and where it is.
    """
    troubles = []
    try:
        store.check()
    except StoreUnavailable as error:
        troubles.append(f"object store {store.url}: {error}")
    try:
        board.ping()
    except BoardUnavailable as error:
        troubles.append(f"broker: {error}")
    if troubles:
        raise Retryable("; ".join(troubles))
