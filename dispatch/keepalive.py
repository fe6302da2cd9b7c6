"""How the system notices that the other end of a connection to Redis is gone without a word."""

from __future__ import annotations

import socket

_IDLE_S = 10
_INTERVAL_S = 5
_PROBES = 3
_UNACKNOWLEDGED_MS = 25_000
_WANTED = {
    "TCP_KEEPIDLE": _IDLE_S,
    "TCP_KEEPINTVL": _INTERVAL_S,
    "TCP_KEEPCNT": _PROBES,
    "TCP_USER_TIMEOUT": _UNACKNOWLEDGED_MS,
}


def keepalive_options() -> dict[int, int]:
    """Socket options that end a dead connection within half a minute; Linux' own take over two hours.

    Those that this system does not have are left out.
    """
    return {getattr(socket, name): value for name, value in _WANTED.items() if hasattr(socket, name)}
