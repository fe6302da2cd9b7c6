"""What a job that waits says of its place."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from api.readers.queue_reader import KEPT_S
from jobs.live.at_work import StepSign, WorkerSign
from jobs.state import JobState
from tests.integration.api.conftest import Api

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def waiting(api: Api) -> list[str]:
    """A job at work, and two that wait for the same worker."""
    ids = [api.submit(name=name) for name in ("first", "second", "third")]
    board = api.connection.board
    board.staff.give("w", WorkerSign(worker="compute@h", queues=("train",), since=NOW))
    board.at_work.give("t", StepSign(job_id=ids[0], step="train", queue="train", worker="compute@h", since=NOW))
    api.connection.board._keys.client.delete("light")
    api.publish(ids[0])
    for job_id in ids[1:]:
        api.publish(job_id, JobState.QUEUED)
        api.connection.queue.enqueue(job_id, "train")
    time.sleep(KEPT_S)  # queues are read at most so often
    return ids


def test_a_job_that_waits_says_behind_what(api: Api, waiting: list[str]) -> None:
    job = api.http.get(f"/v1/jobs/{waiting[2]}").json()
    assert job["state"] == "queued"
    assert job["queue"] == {
        "queue": "train", "ahead": 1, "behind": waiting[:2], "workers": 1, "pause": None,
    }  # fmt: skip
    assert job["progress"]["message"].startswith("waits in the queue train, 1 step ahead, behind")
    assert job["progress"]["message"] in api.http.get(f"/jobs/{waiting[2]}").text


def test_lists_say_the_same(api: Api, waiting: list[str]) -> None:
    found = {job["id"]: job["queue"] for job in api.http.get("/v1/jobs").json()["items"]}
    assert found[waiting[0]] is None
    assert (found[waiting[1]]["ahead"], found[waiting[2]]["ahead"]) == (0, 1)


def test_a_job_that_runs_or_is_over_waits_nowhere(api: Api, waiting: list[str]) -> None:
    api.end(waiting[1])
    assert api.http.get(f"/v1/jobs/{waiting[0]}").json()["queue"] is None
    assert api.http.get(f"/v1/jobs/{waiting[1]}").json()["queue"] is None
