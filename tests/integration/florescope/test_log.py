"""What workers say of a job is read, and followed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.display.log_text import log_text
from florescope import Client, Job, LogLine
from jobs.live.log_line import LogLine as StoredLine
from tests.services.light_explanations import light_spec

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def say(stack: Any) -> Callable[..., None]:
    """Lets a worker say something of a job."""

    def add(job: Job, *events: str, **fields: Any) -> None:
        lines = [StoredLine(at=NOW, event=event, worker="w", step="plan", fields=fields) for event in events]
        stack.connection.board.log.add(job.id, lines)

    return add


def test_lines_that_are_there_are_read(client: Client, say: Callable[..., None]) -> None:
    job = client.submit(light_spec(4))
    assert list(job.log()) == []
    say(job, "step_taken", images=4)
    assert list(job.log()) == [LogLine("2026-01-01T12:00:00Z", "info", "step_taken", "plan", "w", {"images": 4})]


def test_a_log_is_followed_to_the_end_of_the_job_while_the_api_restarts(stack: Any, say: Callable[..., None]) -> None:
    said: list[str] = []
    with Client(stack.url) as client:
        with stack.serving():
            job = client.submit(light_spec(4))
            say(job, "one")
            reading = threading.Thread(target=lambda: said.extend(line.event for line in job.log(follow=True)))
            reading.start()
            time.sleep(0.2)
        say(job, "two")
        stack.work_on(job)
        with stack.serving():
            reading.join(30)
    assert said[:2] == ["one", "two"]
    assert not reading.is_alive()


def test_a_line_cannot_steer_the_terminal() -> None:
    line = LogLine("2026-01-01T12:00:00Z", "error", "\x1b[2Jboom", "", "", {"why": "a\nb"})
    text = log_text(line)
    assert text.endswith(" error    [2Jboom why=a b")
    assert text.isprintable()
