"""A Redis with a replica, and a Sentinel that makes the replica the master where the master is gone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from tests.services.ports import free_port
from tests.services.redis_server import RedisServer, redis_executable, redis_server

MASTER, PASSWORD = "florescope", "rose"
LIMIT_S = 90


@dataclass(frozen=True)
class RedisPair:
    """The servers, of which the first is the master at the beginning, and the port of the Sentinel."""

    first: RedisServer
    second: RedisServer
    sentinel_port: int

    @property
    def url(self) -> str:
        """What clients are told; the password comes as a setting of its own."""
        return f"redis-sentinel://127.0.0.1:{self.sentinel_port}/0?master={MASTER}"

    def until_second_leads(self) -> None:
        """Wait until the Sentinel has made the replica the master."""
        _until(lambda: _of(self.second).info("replication")["role"] == "master")


@contextmanager
def redis_pair(folder: Path) -> Iterator[RedisPair]:
    """Master, replica and Sentinel for the length of a test."""
    with ExitStack() as stays:
        folders = [folder / name for name in ("first", "second", "sentinel")]
        for each in folders:
            each.mkdir()
        login = {"requirepass": PASSWORD, "masterauth": PASSWORD}
        first = stays.enter_context(redis_server(folders[0], **login))
        second = stays.enter_context(redis_server(folders[1], **login, replicaof=f"127.0.0.1 {first.port}"))
        _until(lambda: _of(second).info("replication")["master_link_status"] == "up")
        port = free_port()
        process = _start_sentinel(folders[2], port, first.port)
        stays.callback(process.wait)
        stays.callback(process.kill)
        sentinel = redis.Redis(port=port, decode_responses=True)
        _until(lambda: _knows_the_replica(sentinel))
        yield RedisPair(first, second, port)


def _start_sentinel(folder: Path, port: int, master: int) -> subprocess.Popen[bytes]:
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"sentinel monitor {MASTER} 127.0.0.1 {master} 1",
        f"sentinel auth-pass {MASTER} {PASSWORD}",
        f"sentinel down-after-milliseconds {MASTER} 1000",
        f"sentinel failover-timeout {MASTER} 5000",
    )
    configuration = folder / "sentinel.conf"
    configuration.write_text("\n".join(lines) + "\n")
    command = [redis_executable(), str(configuration), "--sentinel"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _knows_the_replica(sentinel: redis.Redis) -> bool:
    client: Any = sentinel
    told = client.execute_command("SENTINEL", "MASTER", MASTER)
    state = told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))
    return int(state["num-slaves"]) == 1


def _of(server: RedisServer) -> Any:
    return redis.Redis.from_url(server.url, decode_responses=True)


def _until(true: Any) -> None:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            if true():
                return
        except (redis.RedisError, KeyError):
            pass
        assert time.monotonic() < deadline, f"not within {LIMIT_S} s"
        time.sleep(0.1)
