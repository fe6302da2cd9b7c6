"""Ports of loopback: those that are free, and those at which a process listens by now."""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from contextlib import suppress

START_LIMIT_S = 180
GIVEN_OUT = range(12_000, 32_000)
"""Below the range from which the system gives ports by itself, so that nobody takes one by chance before it is used."""


def free_port() -> int:
    """A port that nobody uses at this moment, and hardly anybody soon: drawn by what no seed of a test decides."""
    while True:
        port = secrets.choice(GIVEN_OUT)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process that was started has opened its port.

    Raises:
        RuntimeError: it has ended.
        TimeoutError: it did not listen within three minutes.
    """
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"what was to listen on port {port} ended with exit status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port} within {START_LIMIT_S} s")
