"""A job whose submission was answered too late, or not at all, is submitted once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from florescope.client import Client
from florescope.errors import ApiUnreachable
from florescope.job import Job
from florescope.job_view import read_job
from tests.services.fake_api import job


class SlowApi(BaseHTTPRequestHandler):
    """Answers the first requests too late; the server says how many those are."""

    server: Any

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.keys.append(self.headers["idempotency-key"])
        if len(self.server.keys) <= self.server.late:
            self.server.answered.wait(10)
            return
        body = json.dumps(job()).encode()
        self.send_response(202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def slow() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowApi) as server:
        server.keys, server.late, server.answered = [], 1, threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.answered.set()  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture
def client(slow: Any) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{slow.server_port}", timeout_s=0.3) as made:
        yield made


def test_a_submission_that_is_answered_too_late_is_repeated_under_its_key(slow: Any, client: Client) -> None:
    assert client.submit(kind="train").id == "j1"
    assert len(slow.keys) == 2
    assert len(set(slow.keys)) == 1


def test_a_retry_that_is_answered_too_late_is_repeated_under_its_key(slow: Any, client: Client) -> None:
    failed = Job(client._connection, read_job(job(state="completed_with_errors")))
    assert failed.retry().id == "j1"
    assert len(slow.keys) == 2
    assert len(set(slow.keys)) == 1


def test_an_api_that_never_answers_in_time_is_given_up(slow: Any, client: Client) -> None:
    slow.late = 9
    with pytest.raises(ApiUnreachable):
        client.submit(kind="train")
    assert len(slow.keys) == 3
