"""Ports of loopback: those that are free, and those at which a process listens by now."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

START_LIMIT_S = 180
GIVEN_OUT = range(12_000, 32_000)
"""Below the range from which the system gives ports by itself, so that nobody takes one by chance before it is used."""


_given_out: set[int] = set()


def free_port() -> int:
    """A port that nobody uses, and that no process of these tests is given again: drawn by what no seed decides."""
    while True:
        port = secrets.choice(GIVEN_OUT)
        if port in _given_out or not _claimed(port):
            continue
        _given_out.add(port)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _claimed(port: int) -> bool:
    """Whether this process may use the port until it ends: it may take a service a while to open it.

    Each port is one byte of a file, which one process at a time can lock.
    """
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _claims() -> int:
    """The file, open for the life of this process: to close it gives up all that was locked of it."""
    return os.open(Path(tempfile.gettempdir()) / f"florescope-ports-of-tests-{os.getuid()}", os.O_RDWR | os.O_CREAT)


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
