"""Ends a process of Celery that has another password than Redis: Celery would try the same one for ever."""

from __future__ import annotations

import sys

from dispatch.redis_address import RedisAddress
from dispatch.redis_client import password_refusal


def insist(where: RedisAddress, process: str) -> None:
    """End the process, before it begins, if Redis refuses its password.

    Passwords are read when a process starts, so that whatever starts it again has it read the right one. Where Redis
    does not answer, nothing is known of the password, and the process waits for Redis.

    Raises:
        SystemExit: Redis wants another password.
    """
    refusal = password_refusal(where)
    if refusal:
        sys.exit(f"florescope {process} cannot start: {refusal}")
