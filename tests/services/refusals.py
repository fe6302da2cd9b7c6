"""Makes a running Redis refuse, in the ways in which servers do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from tests.services.ports import free_port
from tests.services.redis_server import RedisServer

REFUSALS = ("MISCONF", "NOREPLICAS", "OOM", "READONLY", "MASTERDOWN", "NOAUTH")
PASSWORD = "not told"


@contextmanager
def refusing(server: RedisServer, refusal: str) -> Iterator[None]:
    """Have the server answer writes (MASTERDOWN, NOAUTH: everything) with this error, and then no more."""
    client = redis.Redis.from_url(server.url)
    _BEGIN[refusal](server, client)
    try:
        yield
    finally:
        _END[refusal](client)
        client.close()


def _unsaved(server: RedisServer, client: redis.Redis) -> None:
    """The disk takes no snapshot: its name is that of a folder."""
    (server.folder / "a-folder").mkdir(exist_ok=True)
    client.config_set("dbfilename", "a-folder")
    client.config_set("save", "3600 1000000")
    client.bgsave()
    for _ in range(2000):
        if client.info("persistence")["rdb_last_bgsave_status"] == "err":
            return
        time.sleep(0.02)
    raise RuntimeError("redis saved itself into a folder")


def _locked(_: RedisServer, client: redis.Redis) -> None:
    client.config_set("requirepass", PASSWORD)
    client.client_kill_filter(_type="normal", skipme=True)
    client.client_kill_filter(_type="pubsub", skipme=True)


def _orphaned(_: RedisServer, client: redis.Redis) -> None:
    client.config_set("replica-serve-stale-data", "no")
    client.replicaof("127.0.0.1", free_port())


def _adopted(client: redis.Redis) -> None:
    client.replicaof("NO", "ONE")
    client.config_set("replica-serve-stale-data", "yes")


_BEGIN: dict[str, Callable[[RedisServer, redis.Redis], object]] = {
    "MISCONF": _unsaved,
    "NOREPLICAS": lambda _, client: client.config_set("min-replicas-to-write", 1),
    "OOM": lambda _, client: client.config_set("maxmemory", 1),
    "READONLY": lambda _, client: client.replicaof("127.0.0.1", free_port()),
    "MASTERDOWN": _orphaned,
    "NOAUTH": _locked,
}
_END: dict[str, Callable[[redis.Redis], object]] = {
    "MISCONF": lambda client: client.config_set("save", ""),
    "NOREPLICAS": lambda client: client.config_set("min-replicas-to-write", 0),
    "OOM": lambda client: client.config_set("maxmemory", 0),
    "READONLY": lambda client: client.replicaof("NO", "ONE"),
    "MASTERDOWN": _adopted,
    "NOAUTH": lambda client: client.config_set("requirepass", ""),
}
