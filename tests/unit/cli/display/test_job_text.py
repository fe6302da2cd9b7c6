"""What ``florescope show`` prints of a job that is over."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cli.display.job_text import print_job
from florescope.job_view import read_job
from jobs.results.verdicts.verdict import NO_AUDIT
from jobs.specs.train_spec import TrainSpec
from tests.services.fake_api import job

SUMMARY = {
    "explained": 64,
    "accuracy": 0.5,
    "judged": 64,
    "failed": 0,
    "weak_classes": {"found": 0, "tested": 2, "median_images": 32, "classes": []},
}


def printed(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    print_job(read_job(job(**changes)), url="http://here:8000")
    return capsys.readouterr().out


def test_a_job_that_is_over_ends_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, state="succeeded", done=64, summary=SUMMARY)
    assert "• 50.0 % of 64 images are predicted correctly." in text
    assert text.splitlines()[-1] == f"• {NO_AUDIT}"
    assert "weak_classes" not in text


def test_a_job_fits_a_screen_whatever_its_summary_holds(capsys: pytest.CaptureFixture[str]) -> None:
    summary = {f"number_{place}": place for place in range(200)} | {"classes": ["rose"] * 1000}
    spec = {"kind": "import", "upload": "0" * 64, "classes": [f"class {place}" for place in range(1000)]}
    lines = printed(capsys, state="succeeded", kind="import", spec=spec, summary=summary).splitlines()
    assert len(lines) < 20
    text = " ".join(" ".join(lines).split())
    assert "number_9 9, 190 more (--json)" in text
    assert "class 5 and 994 more" in text


def test_a_job_shows_what_was_asked_for_beyond_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    asked_for = {"dataset": "d", "backbone": "SmallCNN", "weights": "none", "optimizer": {"learning_rate": 0.01}}
    spec = TrainSpec(kind="train", **asked_for).model_dump(mode="json")
    (line,) = (
        line.rstrip() for line in printed(capsys, kind="train", spec=spec).splitlines() if line.startswith("asked")
    )
    assert (
        line.split(maxsplit=1)[1].strip() == "dataset d, backbone SmallCNN, weights none, optimizer.learning_rate 0.01"
    )


def test_all_is_shown_of_a_kind_that_a_later_release_added(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, kind="dream", spec={"size": 3, "colour": "red"})
    assert "asked size 3, colour red" in " ".join(text.split())


def test_times_are_local_and_say_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    times = {"started_at": "2026-11-23T20:00:30.5Z", "finished_at": "2026-11-23T21:01:00Z"}
    text = printed(capsys, state="succeeded", **times)
    assert "submitted 2026-11-23 21:00:00 CET, waited 0:30, took 1:00:30" in text
    monkeypatch.undo()
    time.tzset()


def test_a_job_of_which_nothing_is_known_yet_says_its_state_alone(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = {**job()["progress"], "total": None, "rate_per_s": None, "eta_s": None, "message": "queued"}
    (state,) = (
        line.split(maxsplit=1)[1].strip()
        for line in printed(capsys, kind="train", state="queued", progress=nothing).splitlines()
        if line.startswith("state")
    )
    assert state == "queued"


def test_the_page_of_the_job_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "http://here:8000/jobs/j1" in printed(capsys, links={"page": "/jobs/j1"})
    assert "elsewhere" not in printed(capsys, links={"page": "http://elsewhere/jobs/j1"})


def test_a_job_that_waits_says_behind_what(capsys: pytest.CaptureFixture[str]) -> None:
    place = {"queue": "train", "ahead": 2, "behind": ["train a"], "workers": 1}
    text = " ".join(printed(capsys, state="queued", queue=place).split())
    assert "queue waits in the queue train, 2 steps ahead, behind train a" in text
    assert "queue" not in printed(capsys, queue={"told": "otherwise"}).replace("queued", "")


def test_a_job_that_runs_has_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert "•" not in printed(capsys)
