"""The API logs as workers do: one JSON object a line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.ports import free_port
from tests.services.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[4]


@contextmanager
def process(log: Path, **settings: str) -> Iterator[httpx.Client]:
    """The API as a process, whose output goes to a file."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FLORESCOPE_API_PORT": str(port), **settings}
    with log.open("wb") as output, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        command = [sys.executable, "-m", "api.main"]
        started = subprocess.Popen(command, cwd=log.parent, env=environment, stdout=output, stderr=output)
        try:
            for _ in range(1200):
                assert started.poll() is None, log.read_text()
                with suppress(httpx.TransportError):
                    http.get("/livez")
                    break
                time.sleep(0.1)
            yield http
        finally:
            started.terminate()
            started.wait(30)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def log(tmp_path: Path, shared_redis: RedisServer) -> Path:
    """The lines that such a process wrote after some requests."""
    log = tmp_path / "api.log"
    store = (tmp_path / "store").as_uri()
    with process(log, FLORESCOPE_REDIS_URL=shared_redis.url, FLORESCOPE_STORE_URL=store) as http:
        http.get("/v1/jobs", params={"limit": 1})
        http.get("/v1/jobs/none", headers={"Authorization": "hush"})
        http.get("/readyz")
        http.get("/metrics")
        http.get("/static/style.css")
        http.get("/static/gone.css")
    return log


def test_every_line_is_an_object_with_event_level_and_time(log: Path) -> None:
    assert lines(log)
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines(log))


def test_requests_are_logged_without_query_and_headers_and_those_of_machines_only_where_they_fail(log: Path) -> None:
    asked = [line for line in lines(log) if line["event"] == "request_answered"]
    assert [(line["method"], line["path"], line["status"]) for line in asked] == [
        ("GET", "/v1/jobs", 200),
        ("GET", "/v1/jobs/none", 404),
        ("GET", "/static/gone.css", 404),
    ]
    assert all(line["took_ms"] > 0 and line["client"] == "127.0.0.1" for line in asked)
    assert "hush" not in log.read_text()
    assert "limit" not in log.read_text()
