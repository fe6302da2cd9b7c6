"""Checks whether services are ready."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import redis

ANSWER_TIMEOUT_S = 5.0


def redis_answers(url: str) -> Callable[[], bool]:
    """A function that checks whether Redis has loaded its data and answers PING."""
    client = redis.Redis.from_url(url, socket_timeout=ANSWER_TIMEOUT_S)

    def ask() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    return ask


def http_answers(url: str) -> Callable[[], bool]:
    """A function that checks whether a GET succeeds."""

    def ask() -> bool:
        try:
            return httpx.get(url, timeout=ANSWER_TIMEOUT_S, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    return ask
