from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cli.exit_code import ExitCode

Run = Callable[..., Any]


def test_two_jobs_are_named_by_their_ids(api: Any, florescope: Run) -> None:
    ran = florescope("compare", "j1", "job:j2", "--name", "after fine-tuning", "--no-wait")
    assert ran.code == ExitCode.OK
    assert api.specs == [{"kind": "compare", "first": "j1", "second": "job:j2", "name": "after fine-tuning"}]


def test_one_job_alone_cannot_be_compared(florescope: Run) -> None:
    assert florescope("compare", "j1").code == ExitCode.USAGE
