"""What ``florescope show`` prints of a job that is over."""

from __future__ import annotations

from typing import Any

import pytest

from cli.display.job_text import print_job
from florescope.job_view import read_job
from jobs.results.verdict import NO_AUDIT
from tests.services.fake_api import job

SUMMARY = {
    "explained": 64,
    "accuracy": 0.5,
    "judged": 64,
    "failed": 0,
    "weak_classes": {"found": 0, "tested": 2, "median_images": 32, "classes": []},
}


def printed(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    print_job(read_job(job(**changes)))
    return capsys.readouterr().out


def test_a_job_that_is_over_ends_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, state="succeeded", done=64, summary=SUMMARY)
    assert "• 50.0 % of 64 images are predicted right." in text
    assert text.splitlines()[-1] == f"• {NO_AUDIT}"
    assert "weak_classes" not in text


def test_a_job_that_runs_has_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert "•" not in printed(capsys)
