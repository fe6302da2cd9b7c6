"""A real Redis for each test session, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dispatch.connection import Connection, connect
from tests.services.redis_server import RedisServer, redis_server


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with redis_server(folder) as server:
        yield server


@pytest.fixture
def lease_ttl_s() -> float:
    """Longer than any halt of the machine; shorter where a test is about leases that end."""
    return 30


@pytest.fixture
def connection(shared_redis: RedisServer, lease_ttl_s: float) -> Connection:
    redis.Redis.from_url(shared_redis.url).flushall()
    return connect(redis_url=shared_redis.url, lease_ttl_s=lease_ttl_s)
