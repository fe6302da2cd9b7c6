"""Opens Redis with short timeouts, and translates its errors into those of this project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dispatch.keepalive import keepalive_options
from jobs.errors import BoardUnavailable

TIMEOUT_S = 5.0
NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
"""
"""Begins scripts that need the time: Redis' own, since the clocks of hosts may differ by minutes."""


def open_redis(url: str) -> redis.Redis:
    """A client for the board; connects when first used."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        socket_keepalive=True,
        socket_keepalive_options=keepalive_options(),
        retry=Retry(NoBackoff(), 1),
        health_check_interval=10,
    )


def address(client: redis.Redis) -> str:
    """Host, port and database, for messages: never the password."""
    options = client.connection_pool.connection_kwargs
    return f"{options.get('host')}:{options.get('port')}/{options.get('db', 0)}"


@contextmanager
def translated(client: redis.Redis) -> Iterator[None]:
    """Turn whatever Redis' client raises into ``BoardUnavailable``.

    A server that refuses (its disk or memory is full, it is a replica, it wants another password) is an outage like
    one that does not answer: it passes once somebody mends the server. Which errors a server has, and as what its
    client raises them, differs between versions and between commands and scripts, so none is left out.
    """
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise BoardUnavailable(f"Redis at {address(client)} does not answer: {error}") from error
    except redis.RedisError as error:
        raise BoardUnavailable(f"Redis at {address(client)} does not do what it is asked to: {error}") from error
