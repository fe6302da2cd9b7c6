from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cli.exit_code import ExitCode

Run = Callable[..., Any]
FIRST, SECOND = "01kaxm3v9w7t2c5h8qe4n6r1zd", "01kaxm3v9w7t2c5h8qe4n6r1ze"


def test_two_jobs_are_named_by_their_ids(api: Any, florescope: Run) -> None:
    ran = florescope("compare", FIRST, f"job:{SECOND}", "--name", "after fine-tuning", "--no-wait")
    assert ran.code == ExitCode.OK
    assert api.specs == [{"kind": "compare", "first": FIRST, "second": f"job:{SECOND}", "name": "after fine-tuning"}]


def test_one_job_alone_cannot_be_compared(florescope: Run) -> None:
    assert florescope("compare", "j1").code == ExitCode.USAGE
