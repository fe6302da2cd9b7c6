from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode

Run = Callable[..., Any]
JOB = "job:01kaxm3v9w7t2c5h8qe4n6r1zd"


def test_train_sends_only_what_was_given(api: Any, florescope: Run) -> None:
    ran = florescope("train", "--dataset", "d", "--learning-rate", "0.01", "--test-split", "t", "--no-wait")
    assert ran.code == ExitCode.OK
    assert api.specs == [
        {"kind": "train", "dataset": "d", "optimizer": {"learning_rate": 0.01}, "splits": {"test": "t"}}
    ]


def test_explain_takes_lists_and_class_indices(api: Any, florescope: Run) -> None:
    florescope(
        *(
            "explain",
            "--model",
            JOB,
            "--dataset",
            "d",
            "--split",
            "test[0:8]",
            "--target",
            "3",
        ),
        *("--method", "gradcam", "--method", "integrated_gradients", "--tolerance", "0.1", "--no-wait"),
    )
    assert api.specs == [
        {
            "kind": "explain",
            "model": JOB,
            "dataset": "d",
            "split": "test[0:8]",
            "target": 3,
            "methods": ["gradcam", "integrated_gradients"],
            "ig": {"tolerance": 0.1},
        }
    ]


def test_evaluate_names_corruptions_or_none_at_all(api: Any, florescope: Run) -> None:
    florescope("evaluate", "--model", "m", "--corruption", "blur", "--severity", "2", "--no-gradcam-shift", "--no-wait")
    florescope("evaluate", "--model", "m", "--clean", "--no-wait")
    assert api.specs == [
        {"kind": "evaluate", "model": "m", "corruptions": ["blur"], "severities": [2], "gradcam_shift": False},
        {"kind": "evaluate", "model": "m", "corruptions": []},
    ]
    assert florescope("evaluate", "--clean", "--corruption", "blur").code == ExitCode.USAGE


def test_preview_sends_only_what_was_given(api: Any, florescope: Run) -> None:
    florescope("preview", "--dataset", "d", "--pipeline", "augmented", "--images", "9", "--no-wait")
    assert api.specs == [{"kind": "preview", "dataset": "d", "pipeline": "augmented", "images": 9}]


def test_options_win_over_the_file(api: Any, florescope: Run, tmp_path: Path) -> None:
    file = tmp_path / "spec.json"
    file.write_text('{"dataset": "d", "epochs": 3, "optimizer": {"name": "adam", "learning_rate": 1}}')
    florescope("train", "--spec", str(file), "--epochs", "5", "--learning-rate", "0.1", "--no-wait")
    optimizer = {"name": "adam", "learning_rate": 0.1}
    assert api.specs == [{"kind": "train", "dataset": "d", "epochs": 5, "optimizer": optimizer}]


@pytest.mark.parametrize("command", ["train", "preview"])
@pytest.mark.parametrize(
    ("given", "sent"),
    [({"kind": "both", "alpha": 1.0}, {"kind": "cutmix", "alpha": 1.0}), ("both", {"kind": "cutmix"})],
)
def test_another_mixing_leaves_the_numbers_of_the_file_as_they_are(
    api: Any, florescope: Run, tmp_path: Path, *, command: str, given: object, sent: object
) -> None:
    file = tmp_path / "spec.json"
    file.write_text(json.dumps({"dataset": "d", "mixing": given}))
    florescope(command, "--spec", str(file), "--mixing", "cutmix", "--no-wait")
    assert api.specs == [{"kind": command, "dataset": "d", "mixing": sent}]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_a_number_that_json_has_no_word_for_is_wrong_usage(api: Any, florescope: Run, value: str) -> None:
    chosen = ("--method", "occlusion", "--method-option", f"occlusion.fill={value}")
    ran = florescope("explain", "--model", "m", "--dataset", "d", *chosen, "--no-wait")
    assert (ran.code, api.specs) == (ExitCode.USAGE, [])
    assert "NaN or an infinite number" in ran.err


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "explain"}', None])
def test_a_file_that_cannot_be_used_is_wrong_usage(api: Any, florescope: Run, tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "spec.json"
    if text is not None:
        file.write_text(text)
    ran = florescope("train", "--spec", str(file))
    assert ran.code == ExitCode.USAGE
    assert str(file) in ran.err
    assert api.specs == []


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("succeeded", ExitCode.OK),
        ("completed_with_errors", ExitCode.COMPLETED_WITH_ERRORS),
        ("failed", ExitCode.JOB_FAILED),
        ("cancelled", ExitCode.JOB_CANCELLED),
    ],
)
def test_the_exit_code_tells_how_the_job_ended(api: Any, florescope: Run, state: str, code: ExitCode) -> None:
    api.views = [dict(api.views[0], state="running"), dict(api.views[0], state=state)]
    ran = florescope("train", "--dataset", "d", "--json")
    assert ran.code == code
    assert json.loads(ran.out)["state"] == state


def test_a_refusal_goes_to_stderr_with_its_fields(api: Any, florescope: Run) -> None:
    api.problem = (422, {"detail": "no", "errors": [{"field": "epochs", "message": "must be at least 1"}]})
    ran = florescope("train", "--epochs", "0", "--json")
    assert ran.code == ExitCode.REFUSED
    assert ran.out == ""
    assert "  epochs: must be at least 1" in ran.err.splitlines()


def test_what_is_printed_cannot_steer_the_terminal(api: Any, florescope: Run) -> None:
    api.views = [dict(api.views[0], spec={"name": "\x1b[2J[red]evil"}, error={"message": "\x1b]0;x\x07"})]
    for words in (("jobs",), ("show", "j1"), ("watch", "j1")):
        ran = florescope(*words)
        assert "\x1b" not in ran.out + ran.err
    assert "[red]evil" in florescope("jobs").out


@pytest.mark.parametrize(
    "words",
    [("train",), ("explain",), ("evaluate",), ("audit",), ("preview",), ("compare", "a", "b"), ("export-model",)],
    ids=lambda words: words[0],
)
def test_a_job_goes_with_its_priority_and_its_deadline(api: Any, florescope: Run, words: tuple[str, ...]) -> None:
    florescope(*words, "--priority", "low", "--deadline", "2030-01-31T18:00+01:00", "--no-wait")
    assert api.turns == [{"priority": "low", "deadline": "2030-01-31T18:00+01:00"}]


def test_a_preview_names_the_channels_that_are_told(api: Any, florescope: Run) -> None:
    florescope("preview", "--dataset", "d", "--notify", "ci", "--notify", "chat", "--no-wait")
    assert api.specs[0]["notify"] == ["ci", "chat"]


def test_a_job_without_them_says_nothing_of_its_turn(api: Any, florescope: Run) -> None:
    florescope("train", "--dataset", "d", "--no-wait")
    assert api.turns == [{}]
