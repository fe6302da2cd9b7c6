"""Opens Redis with short timeouts, and translates its errors into those of this project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from jobs.errors import BoardUnavailable

TIMEOUT_S = 5.0


def open_redis(url: str) -> redis.Redis:
    """A client for the board; connects when first used."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=10,
    )


def address(client: redis.Redis) -> str:
    """Host, port and database, for messages: never the password."""
    options = client.connection_pool.connection_kwargs
    return f"{options.get('host')}:{options.get('port')}/{options.get('db', 0)}"


@contextmanager
def translated(client: redis.Redis) -> Iterator[None]:
    """Turn Redis' connection troubles into ``BoardUnavailable``."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError) as error:
        raise BoardUnavailable(f"Redis at {address(client)} does not answer: {error}") from error
    except redis.OutOfMemoryError as error:
        raise BoardUnavailable(f"Redis at {address(client)} is out of memory: {error}") from error
