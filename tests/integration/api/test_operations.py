"""What goes on in the whole installation, and what happened to one job."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from api.pages.timeline import FIRST, LAST, timeline
from jobs.job import JobResource, Problem
from jobs.live.at_work import GpuUse, StepSign, WorkerSign
from jobs.live.log_line import LogLine
from jobs.state import JobState
from tests.integration.api.conftest import START, Api

NOW = datetime.now(UTC)


@pytest.fixture
def busy(api: Api) -> str:
    """A job that a worker is at, and one that failed."""
    job_id, failed = api.submit(name="petals"), api.submit()
    board = api.connection.board
    board.staff.give("w", WorkerSign(worker="compute@h", queues=("train", "explain"), since=NOW))
    sign = StepSign(job_id=job_id, step="train", queue="train", worker="compute@h", since=NOW, memory_bytes=512_000_000)
    board.at_work.give("t", sign)
    api.publish(job_id, done=4)
    api.end(failed, JobState.FAILED, error=Problem(message="there is no <b>split</b>"))
    return job_id


def test_workers_queues_and_failures_are_told(api: Api, busy: str) -> None:
    answer = api.http.get("/v1/operations")
    assert answer.status_code == 200, answer.text
    now = answer.json()
    (worker,) = now["workers"]
    assert (worker["worker"], worker["queues"]) == ("compute@h", ["train", "explain"])
    assert [(step["job_id"], step["step"], step["memory_bytes"]) for step in worker["steps"]] == [
        (busy, "train", 512_000_000)
    ]
    queues = {each["queue"]: each for each in now["queues"]}
    assert (queues["light"]["messages"], queues["light"]["workers"], queues["train"]["workers"]) == (2, 0, 1)
    assert queues["light"]["oldest_s"] >= 0
    assert [job["id"] for job in now["running"]] == [busy]
    assert now["failures"][0]["message"] == "there is no <b>split</b>"
    assert sum(now["submitted_in_a_day"].values()) == 2
    assert all(0 <= disk["free_bytes"] <= disk["total_bytes"] for disk in now["disks"])


def test_the_rate_of_epochs_that_take_hours_is_told(api: Api, busy: str) -> None:
    api.publish(busy, done=4, rate_per_s=0.00004629)
    assert api.http.get("/v1/operations").json()["rates_per_s"] == {"epochs": 0.00004629}
    assert "4.63e-05 epochs a second" in api.http.get("/operations").text


def test_the_page_shows_it_and_leads_to_the_jobs(api: Api, busy: str) -> None:
    html = api.http.get("/operations").text
    assert f'href="/jobs/{busy}"' in html
    assert "512 MB" in html
    assert "nobody takes these" in html
    assert "<b>split</b>" not in html


@pytest.mark.usefixtures("busy")
def test_gpus_of_workers_are_told_where_there_are_any(api: Api) -> None:
    assert "GPU" not in api.http.get("/operations").text
    gpu = GpuUse(name="NVIDIA H100", used_bytes=12_000_000_000, total_bytes=80_000_000_000)
    sign = WorkerSign(worker="compute@h", queues=("train",), since=NOW, gpus=(gpu,))
    api.connection.board.staff.give("w", sign)
    (worker,) = api.http.get("/v1/operations").json()["workers"]
    assert worker["gpus"] == [gpu.model_dump()]
    assert "NVIDIA H100: 12 GB of 80 GB" in api.http.get("/operations").text


def test_an_installation_without_workers_says_what_to_do(api: Api) -> None:
    assert "florescope up" in api.http.get("/operations").text


def line(number: int, event: str, *, worker: str = "w", step: str = "train", **fields: str) -> LogLine:
    return LogLine(
        id=f"{number}-0", at=START + timedelta(seconds=number), event=event, worker=worker, step=step, fields={**fields}
    )


def job(api: Api) -> JobResource:
    found = JobResource.model_validate(api.http.get(f"/v1/jobs/{api.submit()}").json())
    return found.model_copy(update={"created_at": START})


def test_a_timeline_tells_deaths_retries_and_the_end(api: Api) -> None:
    lines = [
        line(1, "step_taken", step="plan"),
        line(2, "step_left", step="plan", outcome="planned"),
        line(3, "step_taken", worker="a"),
        line(4, "step_enqueued_again"),
        line(5, "step_taken", worker="b"),
        line(6, "step_left", worker="b", outcome="tried again in 2 s: Redis"),
    ]
    ended = job(api).model_copy(update={"state": JobState.FAILED, "finished_at": START + timedelta(seconds=9)})
    told = [(each.what, each.who, each.tone) for each in timeline(ended, lines)]
    assert told == [
        ("submitted", "", ""),
        ("plan begins", "w", ""),
        ("plan: planned", "w", ""),
        ("train begins", "a", ""),
        ("train was lost, and is sent again", "w", "warn"),
        ("train was begun before, and its worker never left it", "a", "bad"),
        ("train begins", "b", ""),
        ("train: tried again in 2 s: Redis", "b", "warn"),
        ("failed", "", "bad"),
    ]


def test_a_step_whose_message_comes_twice_is_no_death(api: Api) -> None:
    lines = [
        line(1, "step_taken", worker="a"),
        line(2, "step_taken", worker="b"),
        line(3, "step_left", worker="b", outcome="taken"),
        line(4, "step_taken", worker="c"),
    ]
    told = [(each.what, each.who) for each in timeline(job(api), lines)]
    assert told == [
        ("submitted", ""),
        ("train begins", "a"),
        ("train was begun before, and its worker never left it", "a"),
        ("train begins", "c"),
    ]


def test_a_timeline_of_many_steps_keeps_both_ends_and_what_went_wrong(api: Api) -> None:
    lines = [line(number, "step_taken", step=f"shard-{number}") for number in range(500)]
    lines[250] = line(250, "step_enqueued_again", step="shard-250")
    told = timeline(job(api), lines)
    assert len(told) == FIRST + LAST + 2
    assert "shard-250 was lost, and is sent again" in [each.what for each in told]
    assert told[FIRST].what == f"{501 - FIRST - LAST - 1} more of the same"


def test_the_job_s_page_shows_its_timeline_and_its_log(api: Api) -> None:
    job_id = api.submit()
    api.connection.board.log.add(job_id, [line(1, "step_taken"), line(2, "epoch_done", loss="<0.5>")])
    html = api.http.get(f"/jobs/{job_id}").text
    assert "train begins" in html
    assert "epoch_done loss=&lt;0.5&gt;" in html
    assert re.search(rf'data-log="/v1/jobs/{job_id}/log/events" data-after="\d+-\d+"', html)
