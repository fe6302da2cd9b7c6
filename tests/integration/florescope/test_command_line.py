"""The command line finds the jobs that are named to it, against the real API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.commands.complete_job import complete_job
from cli.exit_code import ExitCode
from florescope import Client, Job
from jobs.live.log_line import LogLine
from tests.services.command_line import Ran, Run, command_line
from tests.services.light_explanations import light_spec


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of what programs remember for this user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def florescope(client: Client, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    assert state
    return command_line(client.url, capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def submit(florescope: Run, tmp_path: Path) -> Callable[[], str]:
    """Submits an explanation by the command line; gives its id."""
    (tmp_path / "spec.json").write_text(json.dumps(light_spec(4)))
    return lambda: str(
        json.loads(florescope("explain", "--spec", str(tmp_path / "spec.json"), "--no-wait", "--json").out)["id"]
    )


def shown(ran: Ran) -> str:
    assert ran.code == ExitCode.OK, ran.err
    return str(json.loads(ran.out)["id"])


def test_last_is_the_job_that_was_submitted_last_from_here(
    florescope: Run, submit: Callable[[], str], client: Client
) -> None:
    submit()
    second = submit()
    client.submit(light_spec(4))  # by somebody else
    assert shown(florescope("show", "@last", "--json")) == second


def test_every_api_has_a_last_job_of_its_own(florescope: Run, submit: Callable[[], str], client: Client) -> None:
    submit()
    other = client.url.replace("127.0.0.1", "localhost")
    ran = florescope("show", "@last", "--api", other)
    assert ran.code == ExitCode.USAGE
    assert ran.err.startswith(f"florescope: @last: no job was submitted from here to {other} yet")


def test_a_note_of_the_last_job_that_is_damaged_is_named(
    florescope: Run, submit: Callable[[], str], state: Path
) -> None:
    submit()
    (note,) = (path for path in state.rglob("*") if path.is_file())
    note.write_text("{")
    ran = florescope("cancel", "@last")
    assert (ran.code, str(note) in ran.err) == (ExitCode.USAGE, True)


def test_a_folder_that_cannot_be_written_does_not_stop_a_job(
    florescope: Run, state: Path, submit: Callable[[], str], client: Client
) -> None:
    state.write_text("not a folder")
    submitted = submit()
    assert client.job(submitted).id == submitted
    ran = florescope("show", "@last")
    assert (ran.code, "cannot be read" in ran.err) == (ExitCode.USAGE, True)


def test_the_beginning_of_an_id_will_do_if_there_is_no_other(florescope: Run, client: Client) -> None:
    first = client.submit(light_spec(4)).id
    assert shown(florescope("show", first[:5], "--json")) == first
    second = client.submit(light_spec(4)).id
    ran = florescope("show", first[:5])
    assert ran.code == ExitCode.USAGE
    assert ran.err == f"florescope: several ids begin with {first[:5]!r}, such as {second} and {first}\n"


@pytest.mark.parametrize("name", ["zz", "../jobs", "@first", "job:x", "0" * 26])
def test_a_job_that_is_none_is_refused_in_one_line(florescope: Run, client: Client, name: str) -> None:
    client.submit(light_spec(4))
    ran = florescope("show", name)
    assert (ran.code, len(ran.err.splitlines())) == (ExitCode.REFUSED, 1)
    assert "there is no job" in ran.err


@pytest.mark.parametrize("name", ["job:@last", "@last", "job:{beginning}", "job:{id}"])
def test_a_job_in_a_specification_is_found_too(florescope: Run, name: str) -> None:
    training = ("--dataset", "synthetic_flowers", "--backbone", "SmallCNN", "--weights", "none")
    trained = shown(florescope("train", *training, "--no-wait", "--json"))
    model = name.format(id=trained, beginning=trained[:-1])
    again = ("--dataset", "synthetic_flowers", "--split", "test[0:4]", "--no-wait", "--json")
    assert json.loads(florescope("explain", "--model", model, *again).out)["spec"]["model"] == f"job:{trained}"


def test_a_name_that_looks_like_a_job_stays_a_name(florescope: Run) -> None:
    training = ("--dataset", "synthetic_flowers", "--backbone", "SmallCNN", "--weights", "none")
    ran = florescope("train", *training, "--name", "job:roses", "--no-wait", "--json")
    assert json.loads(ran.out)["spec"]["name"] == "job:roses"


def test_jobs_to_compare_are_found_too(florescope: Run, explained: Job, submit: Callable[[], str]) -> None:
    second = submit()
    compared = json.loads(florescope("compare", explained.id[:-1], "@last", "--no-wait", "--json").out)["spec"]
    assert (compared["first"], compared["second"]) == (f"job:{explained.id}", f"job:{second}")


def test_the_explanation_of_an_audit_is_found_too(florescope: Run, explained: Job) -> None:
    of = ("--explanation", explained.id[:-1], "--split", explained.spec["split"], "--no-wait", "--json")
    audited = json.loads(florescope("audit", explained.spec["model"], explained.spec["dataset"], *of).out)
    assert audited["spec"]["explanation"] == f"job:{explained.id}"


def test_a_log_is_printed_line_by_line_and_as_json(florescope: Run, client: Client, stack: Any) -> None:
    job = client.submit(light_spec(4))
    line = LogLine(at=datetime(2026, 1, 1, tzinfo=UTC), event="step_taken", step="plan", fields={"images": 4})
    stack.connection.board.log.add(job.id, [line])
    assert florescope("logs", job.id[:8]).out.endswith(" info    plan step_taken images=4\n")
    assert json.loads(florescope("logs", job.id, "--json").out)["items"][0]["event"] == "step_taken"
    stack.work_on(job)
    assert "step_taken" in florescope("logs", "-f", job.id).out


def test_jobs_are_annotated_and_found_again(florescope: Run, client: Client) -> None:
    job = client.submit(light_spec(4))
    ran = florescope("annotate", job.id, "--name", "roses", "--tag", "kept", "--tag", "good")
    assert ran.code == ExitCode.OK
    assert "kept, good" in ran.out
    found = json.loads(florescope("jobs", "--tag", "kept", "--search", "ROSES", "--sort", "name", "--json").out)
    assert [each["id"] for each in found["items"]] == [job.id]
    assert json.loads(florescope("annotate", job.id, "--tag", "", "--json").out)["remarks"]["tags"] == []
    assert florescope("annotate", job.id).code == ExitCode.USAGE


def test_ids_are_completed_with_what_the_job_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLORESCOPE_API_URL", client.url)
    made = [client.submit(light_spec(4), name=name).id for name in ("one", "two")]
    context = type("Context", (), {"params": {"api": None}})()
    assert list(complete_job(context, made[0][:-1])) == [(made[0], "explain queued one")]
    assert [each for each, _ in complete_job(context, "")] == ["@last", *reversed(made)]


def test_nothing_is_completed_where_there_is_no_api() -> None:
    context = type("Context", (), {"params": {"api": "http://127.0.0.1:9"}})()
    assert list(complete_job(context, "01")) == []
