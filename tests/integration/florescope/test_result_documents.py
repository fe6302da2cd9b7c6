"""Results leave for other programs, by the client and by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode
from florescope import Client, Job, NotFound
from florescope.download import result_document
from florescope.image import Image
from tests.services.command_line import Run, command_line
from tests.services.light_explanations import light_spec
from tests.services.mapped_explanations import BROKEN


@pytest.fixture
def florescope(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return command_line(client.url, capsys=capsys, monkeypatch=monkeypatch)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_job_is_saved_as_coco_whole_or_filtered(explained: Job, tmp_path: Path) -> None:
    whole = read(explained.save_coco(tmp_path / "new" / "all.json"))
    assert len(whole["images"]) == 10
    wrong = read(explained.save_coco(tmp_path / "wrong.json", outcome="wrong"))
    assert 0 < len(wrong["images"]) == explained.count_images(outcome="wrong") < 10
    assert not list(tmp_path.rglob("*.part"))


def test_samples_come_with_the_photographs_of_images_that_could_be_read(
    explained: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "photograph", lambda image: image.id.encode())
    folder = explained.save_fiftyone(tmp_path / "samples")
    samples = read(folder / "samples.json")["samples"]
    there = {str(path.relative_to(folder)): path.read_bytes().decode() for path in (folder / "data").iterdir()}
    assert len(there) == 9
    assert there == {each["filepath"]: each["image_id"] for each in samples if "error" not in each}
    assert [each["image_id"] for each in samples if "error" in each] == [f"flower {BROKEN}.jpg"]


def test_a_photograph_that_is_there_is_not_fetched_again(
    explained: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def photograph(image: Image) -> bytes:
        asked.append(image.id)
        return b"jpeg"

    monkeypatch.setattr(Image, "photograph", photograph)
    images = list(explained.images(limit=3))
    for _ in range(2):
        result_document.save_photographs(images, tmp_path)
    assert asked == [image.id for image in images]


def test_two_pictures_that_end_alike_keep_a_photograph_each(
    explained: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "photograph", lambda image: image.id.encode())
    images = list(explained.images(limit=2))
    for image, image_id in zip(images, ("a.png", "a.png.jpg"), strict=True):
        image.record = {**image.record, "image_id": image_id}
    result_document.save_photographs(images, tmp_path)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"a.png", b"a.png.jpg"}


def test_the_command_line_saves_what_its_filters_let_pass(explained: Job, florescope: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    ran = florescope("results", explained.id, "--wrong", "--format", "coco", "--to", str(path))
    assert (ran.code, ran.out.strip()) == (ExitCode.OK, str(path))
    assert {each["outcome"] for each in read(path)["images"]} == {"wrong"}
    folder = tmp_path / "all"
    ran = florescope("results", explained.id, "--format", "fiftyone", "--no-photographs", "--to", str(folder))
    assert ran.code == ExitCode.OK
    assert [path.name for path in folder.iterdir()] == ["samples.json"]
    ran = florescope("results", explained.id, "--format", "yolo")
    assert ran.code == ExitCode.USAGE
    assert "expected coco or fiftyone" in ran.err


def test_a_job_without_results_is_refused_and_leaves_no_file(client: Client, tmp_path: Path) -> None:
    job = client.submit(light_spec(4))  # not planned yet
    with pytest.raises(NotFound, match="no results of images"):
        job.save_coco(tmp_path / "none.json")
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_submitted_with_its_formats(florescope: Run, client: Client) -> None:
    ran = florescope("export-model", "light", "--format", "onnx", "--format", "keras", "--no-wait", "--json")
    assert ran.code == ExitCode.OK, ran.err
    assert json.loads(ran.out)["spec"]["formats"] == ["onnx", "keras"]
    ran = florescope("export-model", "light", "--format", "pickle", "--no-wait")
    assert ran.code == ExitCode.REFUSED
    assert "formats" in ran.err
    assert len(list(client.jobs())) == 1
