"""Counts how often this process sends something to Redis: round trips, whatever they carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from redis.connection import AbstractConnection

OF_THE_CONNECTION = (b"PING", b"HELLO", b"CLIENT", b"SELECT")
"""What a client sends on its own, when it connects or has been idle."""


@contextmanager
def counted_round_trips() -> Iterator[Callable[[], int]]:
    """Give a function that says how many there have been since."""
    sent = [0]
    honest: Any = AbstractConnection.send_packed_command

    def counting(self: AbstractConnection, command: Any, *args: Any, **options: Any) -> Any:
        sent[0] += not any(word in bytes(b"".join(command)) for word in OF_THE_CONNECTION)
        return honest(self, command, *args, **options)

    with patch.object(AbstractConnection, "send_packed_command", counting):
        yield lambda: sent[0]
