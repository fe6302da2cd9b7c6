"""A network of its own for containers: loopback alone, so that their ports are nobody else's."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of <sched.h>
IP = shutil.which("ip") or "ip"
OWN = Path("/proc/thread-self/ns/net")


@contextmanager
def network(name: str) -> Iterator[Path]:
    """A network namespace, gone at the end; where it is."""
    subprocess.run([IP, "netns", "add", name], check=True)
    try:
        subprocess.run([IP, "-n", name, "link", "set", "lo", "up"], check=True)
        yield Path("/run/netns") / name
    finally:
        subprocess.run([IP, "netns", "delete", name], check=True)


@contextmanager
def inside(place: Path) -> Iterator[None]:
    """What this thread opens meanwhile, and the processes that it starts, are in that network."""
    with OWN.open() as before:
        _enter(place)
        try:
            yield
        finally:
            _set(before.fileno())


def _enter(place: Path) -> None:
    with place.open() as file:
        _set(file.fileno())


def _set(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
