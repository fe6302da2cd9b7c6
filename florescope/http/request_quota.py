"""Waits where a quota of requests a minute is used up, so that what takes many requests comes to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from florescope.errors import FlorescopeError, Refused

Answer = TypeVar("Answer")
LEAST_S = 1.0
"""Requests are this far apart also where the answer asks for no pause."""
LONGEST_S = 60.0
"""A quota of requests has room again after so long; what takes longer is another quota."""
PATIENCE_S = 600.0


def pause_s(error: FlorescopeError) -> float | None:
    """In how many seconds the quota of requests has room again; None where it is not that which was used up."""
    if not isinstance(error, Refused) or error.status != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    if error.retry_after_s is None or error.retry_after_s > LONGEST_S:
        return None
    return max(error.retry_after_s, LEAST_S)


def patiently(ask: Callable[[], Answer]) -> Answer:
    """What ``ask`` gives, which is called again while the quota of requests is used up; it must submit no job.

    Raises:
        Refused: for another reason, or still after ``PATIENCE_S``.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except Refused as refusal:
            wait_s = pause_s(refusal)
            if wait_s is None or time.monotonic() + wait_s > until:
                raise
            time.sleep(wait_s)
