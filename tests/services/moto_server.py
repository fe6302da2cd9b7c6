"""Starts and stops a real S3 server on loopback: moto, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from store.s3.client import create_client
from store.s3.options import S3Options
from tests.services.ports import free_port, wait_until_it_listens

SCRIPT = Path(__file__).with_name("moto_process.py")
STOP_LIMIT_S = 10


@dataclass(frozen=True)
class MotoServer:
    """A running server.

    Attributes:
        port: where it listens, on 127.0.0.1.
        pid: its process.
    """

    port: int
    pid: int

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def options(self) -> S3Options:
        """How to reach it."""
        return S3Options(
            endpoint_url=self.endpoint_url,
            access_key_id="test-access-key",
            secret_access_key="test-secret-key",
        )

    def create_bucket(self, name: str) -> None:
        """Create a bucket; creating it again is fine."""
        create_client(self.options).create_bucket(Bucket=name)


def require_moto() -> None:
    """Skip the test where moto is not installed; fail it there in CI."""
    if find_spec("moto") is not None:
        return
    if os.environ.get("CI"):
        pytest.fail("moto is not installed, and CI must not skip the tests against S3")
    pytest.skip("moto is not installed: pip install 'moto[server]'")


@contextmanager
def moto_server(*arguments: str, port: int = 0, free_requests: int | None = None) -> Iterator[MotoServer]:
    """Start a server on a port of 127.0.0.1, and stop it at the end.

    Args:
        arguments: of ``moto_process.py``, after the port.
        port: a free one, if 0.
        free_requests: after so many requests, refuse credentials that no IAM user has; None never does.
    """
    require_moto()
    port = port or free_port()
    environment = dict(os.environ)
    if free_requests is not None:
        environment["INITIAL_NO_AUTH_ACTION_COUNT"] = str(free_requests)
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(port), *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_listens(port, process)
        yield MotoServer(port, process.pid)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
