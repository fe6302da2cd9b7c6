"""Opens Redis with short timeouts, and translates its errors into those of this project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from dispatch.keepalive import keepalive_options
from dispatch.redis_address import RedisAddress
from jobs.errors import BoardUnavailable

TIMEOUT_S = 5.0
NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
"""
"""Begins scripts that need the time: Redis' own, since the clocks of hosts may differ by minutes."""


def open_redis(address: str | RedisAddress) -> redis.Redis:
    """A client for the board; connects when first used, behind Sentinels to whichever server is the master then."""
    where = RedisAddress.of(address)
    waits: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "socket_keepalive": True,
        "socket_keepalive_options": keepalive_options(),
    }
    options: dict[str, Any] = {
        **waits,
        "decode_responses": True,
        "retry": Retry(NoBackoff(), 1),
        "health_check_interval": 10,
    }
    if not where.is_sentinel:
        return redis.Redis.from_url(where.url, **options, **where.tls)
    tls: dict[str, Any] = {"ssl": True, **where.tls} if where.tls else {}
    make: Any = Sentinel  # which has no types
    sentinel = make(where.sentinels, sentinel_kwargs={**waits, **tls}, db=where.database, **options, **tls)
    return cast("redis.Redis", sentinel.master_for(where.master, **where.credentials))


def address(client: redis.Redis) -> str:
    """Host, port and database, or the name that Sentinels know it by, for messages: never the password."""
    pool = client.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        asked = (one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels)
        places = ", ".join(f"{each['host']}:{each['port']}" for each in asked)
        return f"the master {pool.service_name!r} of the Sentinels at {places}"
    options = pool.connection_kwargs
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
    except redis.AuthenticationError as error:
        raise BoardUnavailable(
            f"Redis at {address(client)} wants another password than FLORESCOPE_REDIS_PASSWORD, or the file "
            f"florescope_redis_password in FLORESCOPE_SECRETS_DIR, gives: {error}"
        ) from error
    except (redis.ConnectionError, redis.TimeoutError) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise BoardUnavailable(
                f"Redis at {address(client)} shows a certificate that nobody vouches for whom this system or "
                f"FLORESCOPE_REDIS_CA_FILE names: {error}"
            ) from error
        raise BoardUnavailable(f"Redis at {address(client)} does not answer: {error}") from error
    except redis.RedisError as error:
        raise BoardUnavailable(f"Redis at {address(client)} does not do what it is asked to: {error}") from error


def password_refusal(where: RedisAddress) -> str:
    """What is wrong with the password of this server; empty where it is right, or the server does not answer."""
    client = open_redis(where)
    try:
        with translated(client):
            client.ping()
    except BoardUnavailable as error:
        return str(error) if isinstance(error.__cause__, redis.AuthenticationError) else ""
    return ""
