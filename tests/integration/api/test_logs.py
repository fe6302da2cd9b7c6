"""The log of a job: while it runs, and when it is over."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from dispatch.connection import Connection
from jobs.errors import StoreUnavailable
from jobs.live.log_line import MOST_LINES, LogLine
from store.memory import MemoryStore
from tests.integration.api.conftest import Api, assert_problem
from tests.services.worker_services import services_on
from workers.lifecycle.keep_log import keep_log
from workers.process.job_log import JobLogHandler, line_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def say(api: Api, job_id: str, *events: str) -> None:
    api.connection.board.log.add(job_id, [LogLine(at=NOW, event=event, worker="w", step="train") for event in events])


def read(api: Api, job_id: str, **query: Any) -> dict[str, Any]:
    answer = api.http.get(f"/v1/jobs/{job_id}/log", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events_of(page: dict[str, Any]) -> list[str]:
    return [line["event"] for line in page["items"]]


def test_lines_are_read_in_order_and_the_next_call_gives_what_came_since(api: Api) -> None:
    job_id = api.submit()
    assert read(api, job_id) == {"items": [], "next": "", "over": False}
    say(api, job_id, "step_taken", "epoch_done")
    page = read(api, job_id)
    assert events_of(page) == ["step_taken", "epoch_done"]
    say(api, job_id, "step_left")
    assert events_of(read(api, job_id, after=page["next"])) == ["step_left"]
    assert events_of(read(api, job_id, limit=1)) == ["step_taken"]


def test_the_log_of_a_job_that_is_over_is_read_from_the_store(api: Api) -> None:
    job_id = api.submit()
    say(api, job_id, "step_taken", "job_ended")
    keep_log(job_id, services_on(api.connection, api.store))
    say(api, job_id, "step_left")
    api.end(job_id)
    assert events_of(read(api, job_id)) == ["step_taken", "job_ended", "step_left"]
    api.connection.board._keys.client.flushall()
    page = read(api, job_id)
    assert (events_of(page), page["over"]) == (["step_taken", "job_ended"], True)


def test_a_log_is_bounded(connection: Connection) -> None:
    connection.board.log.add("j", [LogLine(at=NOW, event=str(number)) for number in range(3 * MOST_LINES)])
    lines = connection.board.log.lines("j")
    assert MOST_LINES <= len(lines) <= 1.1 * MOST_LINES
    assert lines[-1].event == str(3 * MOST_LINES - 1)


def test_the_last_lines_of_a_long_log_are_kept_and_followed(api: Api) -> None:
    job_id, count = api.submit(), MOST_LINES + 20  # Redis removes lines by the dozen
    say(api, job_id, *map(str, range(count)))
    first = read(api, job_id)
    assert events_of(read(api, job_id, after=first["next"])) == [str(number) for number in range(MOST_LINES, count)]
    keep_log(job_id, services_on(api.connection, api.store))
    api.end(job_id)
    api.connection.board._keys.client.flushall()
    assert events_of(read(api, job_id, after=first["next"]))[-1] == str(count - 1)


def test_a_log_is_followed_to_its_end(api: Api) -> None:
    job_id = api.submit()
    say(api, job_id, "step_taken")
    found = []
    with api.http.stream("GET", f"/v1/jobs/{job_id}/log/events", timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "data" and value != "{}":
                found.append(json.loads(value)["event"])
                if found == ["step_taken"]:
                    say(api, job_id, "step_left")
                    api.end(job_id)
    assert found == ["step_taken", "step_left"]


@pytest.mark.parametrize("after", ["x", "1", "1-2-3", "9" * 30 + "-1", "١-١"])
def test_an_after_that_is_no_line_is_refused(api: Api, after: str) -> None:
    job_id = api.submit()
    assert_problem(api.http.get(f"/v1/jobs/{job_id}/log", params={"after": after}), 422)


def test_there_is_no_log_of_a_job_that_is_not_there(api: Api) -> None:
    assert_problem(api.http.get("/v1/jobs/none/log"), 404)
    assert_problem(api.http.get("/v1/jobs/none/log/events"), 404)


def record(message: Any, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("library", level, __file__, 1, message, None, None)


def test_a_line_of_ours_keeps_what_it_says() -> None:
    said = {"event": "epoch_done", "job_id": "j", "step": "train", "loss": 0.5, "error": None, "level": "info"}
    found = line_of(record(said), worker="w@h")
    assert found is not None
    job_id, line = found
    assert (job_id, line.event, line.step, line.worker, line.level) == ("j", "epoch_done", "train", "w@h", "info")
    assert line.fields == {"loss": 0.5}


@pytest.mark.parametrize(("level", "kept"), [(logging.INFO, False), (logging.WARNING, True)])
def test_of_libraries_only_warnings_are_of_the_job(level: int, kept: bool) -> None:
    with structlog.contextvars.bound_contextvars(job_id="j", step="train"):
        found = line_of(record("slow", level), worker="w")
    assert (found is not None) == kept
    assert line_of(record("slow", logging.ERROR), worker="w") is None


def test_what_a_process_logs_of_a_job_reaches_the_board(connection: Connection) -> None:
    handler = JobLogHandler(connection.board, "w@h")
    for number in range(5):
        handler.emit(record({"event": str(number), "job_id": "j", "value": float("nan")}))
    handler.flush_to_board()
    lines = connection.board.log.lines("j")
    assert [line.event for line in lines] == ["0", "1", "2", "3", "4"]
    assert lines[0].fields == {"value": "nan"}


class FullStore(MemoryStore):
    """A store that refuses every write."""

    def put(self, key: str, data: bytes, **_: Any) -> Any:
        raise StoreUnavailable(f"no room for {key} of {len(data)} bytes")


def test_a_job_ends_although_its_log_cannot_be_kept(connection: Connection) -> None:
    store = FullStore("log")
    connection.board.log.add("j", [LogLine(at=NOW, event="x")])
    keep_log("j", services_on(connection, store))
    assert connection.board.log.lines("j")[0].event == "x"
