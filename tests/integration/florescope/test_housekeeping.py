"""Things are deleted and brought back by the command line."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from cli.exit_code import ExitCode
from florescope import Client, Job
from tests.services.command_line import Run, command_line
from tests.services.light_explanations import light_spec


@pytest.fixture
def florescope(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return command_line(client.url, capsys=capsys, monkeypatch=monkeypatch)


def test_what_went_with_an_earlier_thing_is_not_asked_for_again(
    florescope: Run, client: Client, explained: Job
) -> None:
    assert florescope("delete", "--yes", explained.id, explained.id).out == f"deleted: job {explained.id}\n"
    assert client.jobs() == []
    ran = florescope("restore", explained.id)
    assert (ran.code, ran.out) == (ExitCode.OK, f"restored: job {explained.id}\n")
    assert client.jobs() == [explained]


def test_what_was_done_before_a_refusal_is_told(florescope: Run, client: Client, explained: Job) -> None:
    other = client.submit(light_spec(4))
    ran = florescope("delete", "--yes", explained.id, other.id)
    assert (ran.code, ran.out) == (ExitCode.REFUSED, f"deleted: job {explained.id}\n")
    assert "not over" in ran.err
    ran = florescope("restore", explained.id, other.id)
    assert (ran.code, ran.out) == (ExitCode.REFUSED, f"restored: job {explained.id}\n")
    ran = florescope("archive", explained.id, "model:nobody")
    assert (ran.code, ran.out) == (ExitCode.REFUSED, f"archived: {explained.id}\n")


def test_a_job_leaves_as_a_whole_file_which_an_import_sends(florescope: Run, explained: Job, tmp_path: Path) -> None:
    path = tmp_path / "job.tar"
    assert florescope("export", explained.id, "--output", str(path)).code == ExitCode.OK
    assert [each.name for each in tmp_path.glob("job*")] == ["job.tar"]
    with tarfile.open(path) as file:
        assert {"job/spec.json", "job/end.json"} <= set(file.getnames())
    ran = florescope("import-job", str(path))
    assert ran.code == ExitCode.REFUSED
    assert "models/light.keras" in ran.err, "the model of these tests lies where no job has one"


def test_an_archived_job_is_listed_if_asked_for_and_taken_out_by_the_beginning_of_its_id(
    florescope: Run, client: Client
) -> None:
    job = client.submit(light_spec(4))
    assert florescope("archive", job.id[:8]).out == f"archived: {job.id}\n"
    assert florescope("jobs").err == "no jobs\n"
    listed = json.loads(florescope("jobs", "--archived", "--json").out)["items"]
    assert [each["id"] for each in listed] == [job.id]
    assert florescope("archive", "--undo", job.id[:8]).out == f"listed again: {job.id}\n"
    assert client.jobs() == [job]
    assert florescope("jobs", "--archived").err == "no jobs\n"


def test_what_a_project_keeps_and_what_all_share_are_set_apart(florescope: Run) -> None:
    ran = florescope("retention", "default", "--uploads", "7d", "--keep", "90d")
    assert ran.out.splitlines() == ["keep: 90d", "models: forever", "heatmaps: forever", "uploads: 7d"]
    assert florescope("retention", "default", "--keep", "forever").out.splitlines()[0] == "keep: forever"
    assert florescope("retention", "--features", "8w").out == "features: 8w\n"
    assert florescope("retention").out == "features: 8w\n"
    for words, said in ((("--uploads", "7d"), "say whose"), (("default", "--features", "8w"), "belong to no project")):
        ran = florescope("retention", *words)
        assert ran.code == ExitCode.USAGE
        assert said in ran.err
    assert florescope("cleanup", "--dry-run").err == "nothing is to be done\n"
