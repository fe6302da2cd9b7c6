from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cli.exit_code import ExitCode

Run = Callable[..., Any]
JOB = "job:01kaxm3v9w7t2c5h8qe4n6r1zd"


def test_an_audit_sends_only_what_was_given(api: Any, florescope: Run) -> None:
    florescope(
        "audit",
        "m",
        "d",
        "--split",
        "test[0:8]",
        "--looks-for",
        "labels",
        "--explanation",
        JOB,
        "--no-wait",
    )
    florescope("audit", "m", "d", "--without-training-split", "--no-wait")
    assert api.specs == [
        {
            "kind": "audit",
            "model": "m",
            "dataset": "d",
            "split": "test[0:8]",
            "explanation": JOB,
            "looks_for": ["labels"],
        },
        {"kind": "audit", "model": "m", "dataset": "d", "training_split": None},
    ]


@pytest.mark.parametrize(
    ("gates", "code"),
    [
        ((), ExitCode.OK),
        (("shortcut:high",), ExitCode.OK),
        (("shortcut:medium",), ExitCode.FINDINGS),
        (("shortcut",), ExitCode.FINDINGS),
        (("any:high",), ExitCode.FINDINGS),
        (("leak:low", "outlier"), ExitCode.FINDINGS),
        (("duplicate",), ExitCode.OK),
    ],
)
def test_a_gate_stops_at_findings_of_its_severity_and_higher_ones(
    api: Any, florescope: Run, gates: tuple[str, ...], code: ExitCode
) -> None:
    api.views = [done(api, findings={"shortcut:medium": 1, "leak:high": 2})]
    ran = florescope("audit", "m", "d", *(word for gate in gates for word in ("--fail-on", gate)))
    assert ran.code == code
    assert ("not accepted by --fail-on" in ran.err) == (code == ExitCode.FINDINGS)


def test_a_gate_tells_what_was_left_out(api: Any, florescope: Run) -> None:
    api.views = [done(api, findings={}, left_out=["wrong labels: the images have no labels"])]
    ran = florescope("audit", "m", "d", "--fail-on", "label_error")
    assert ran.code == ExitCode.OK
    assert "left out: wrong labels: the images have no labels" in ran.err


def test_a_failed_audit_keeps_its_own_exit_code(api: Any, florescope: Run) -> None:
    api.views = [dict(api.views[0], state="failed", summary={"findings": {"leak:high": 1}})]
    assert florescope("audit", "m", "d", "--fail-on", "leak").code == ExitCode.JOB_FAILED


@pytest.mark.parametrize(
    "words",
    [
        ("--fail-on", "beauty"),
        ("--fail-on", "leak:extreme"),
        ("--fail-on", "leak", "--no-wait"),
        ("--training-split", "train", "--without-training-split"),
    ],
)
def test_a_gate_that_cannot_be_held_is_wrong_usage(api: Any, florescope: Run, words: tuple[str, ...]) -> None:
    assert florescope("audit", "m", "d", *words).code == ExitCode.USAGE
    assert api.specs == []


def done(api: Any, **summary: Any) -> dict[str, Any]:
    return dict(api.views[0], kind="audit", state="succeeded", summary=summary)
