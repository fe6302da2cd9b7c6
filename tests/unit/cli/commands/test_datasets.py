from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("rose/1.jpg", "rose/2 ü.PNG", "tulip/1.webp", "notes.txt", "rose/.DS_Store"):
        path = tmp_path / "flowers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "flowers"


def test_the_pictures_of_a_folder_are_sent_with_their_classes(api: Any, florescope: Run, folder: Path) -> None:
    ran = florescope("upload", str(folder), "--to", "store:datasets/mine", "--json")
    assert ran.code == ExitCode.OK
    assert set(api.pictures) == {"mine/rose/1.jpg", "mine/rose/2 ü.PNG", "mine/tulip/1.webp"}
    assert api.pictures["mine/rose/2 ü.PNG"] == "rose/2 ü.PNG".encode()
    assert json.loads(ran.out) == {"dataset": "store:datasets/mine", "pictures": 3, "ignored": 2, "refused": {}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{folder}", "--to", "mine"], "expected store:datasets/"),
        (["{folder}", "--to", "store:datasets/"], "expected store:datasets/"),
        (["{folder}", "--to", "store:datasets/@rose/"], "expected store:datasets/@rose/<name>"),
        (["{folder}/nothing", "--to", "store:datasets/mine"], "no such folder"),
        (["{folder}/empty", "--to", "store:datasets/mine"], "there is no .jpg"),
    ],
)
def test_what_cannot_be_sent_is_wrong_usage(
    api: Any, florescope: Run, folder: Path, arguments: list[str], words: str
) -> None:
    (folder / "empty").mkdir()
    ran = florescope("upload", *(argument.format(folder=folder) for argument in arguments))
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
    assert api.pictures == {}


def test_names_of_all_computers_are_sent_and_others_are_told_apart(api: Any, florescope: Run, tmp_path: Path) -> None:
    taken = (
        "3.04\u202fPM.png",
        "13\u00a005.png",
        "\u3000\u590f.png",
        "\U0001f469\u200d\U0001f33e.png",
        "\u202e\u05d0.png",
    )
    for name in (*taken, "n" * 251 + ".png", "end\nof line.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"\xe9")
    (tmp_path / os.fsdecode(b"caf\xe8.png")).write_bytes(b"\xe8")
    ran = florescope("upload", str(tmp_path), "--to", "store:datasets/a\u202fb", "--json")
    assert ran.code == ExitCode.REFUSED
    found = json.loads(ran.out)
    assert (found["pictures"], found["refused"]) == (
        8,
        {"end\nof line.png": "its name has control characters, which cannot be printed"},
    )
    assert set(api.pictures) >= {f"a\u202fb/{name}" for name in (*taken, "n" * 251 + ".png")}
    cafes = [data for name, data in api.pictures.items() if name.startswith("a\u202fb/caf~")]
    assert sorted(cafes) == [b"\xe8", b"\xe9"]


def test_a_picture_that_is_refused_does_not_keep_others_back(api: Any, florescope: Run, folder: Path) -> None:
    api.too_large = {"mine/rose/1.jpg"}
    ran = florescope("upload", str(folder), "--to", "store:datasets/mine")
    assert ran.code == ExitCode.REFUSED
    assert "2 pictures are in store:datasets/mine" in ran.out
    assert "'rose/1.jpg': a picture may have" in ran.err
    assert set(api.pictures) == {"mine/rose/2 ü.PNG", "mine/tulip/1.webp"}


def test_a_folder_of_more_pictures_than_requests_a_minute_is_sent_to_its_end(
    api: Any, florescope: Run, folder: Path
) -> None:
    api.quota = 1
    ran = florescope("upload", str(folder), "--to", "store:datasets/mine")
    assert ran.code == ExitCode.OK
    assert set(api.pictures) == {"mine/rose/1.jpg", "mine/rose/2 ü.PNG", "mine/tulip/1.webp"}


def test_a_quota_that_has_no_room_for_an_hour_ends_the_upload_at_once(api: Any, florescope: Run, folder: Path) -> None:
    api.quota, api.room_after_s = 0, 3600
    ran = florescope("upload", str(folder), "--to", "store:datasets/mine")
    assert ran.code == ExitCode.REFUSED
    assert api.pictures == {}


def test_a_folder_whose_name_cannot_be_is_wrong_usage(api: Any, florescope: Run, folder: Path) -> None:
    ran = florescope("upload", str(folder), "--to", "store:datasets/../jobs")
    assert ran.code == ExitCode.USAGE
    assert "'..'" in ran.err
    assert api.pictures == {}


def test_a_refusal_ends_the_upload_with_its_reason(api: Any, florescope: Run, folder: Path) -> None:
    api.problem = (422, {"detail": "no room for roses"})
    ran = florescope("upload", str(folder), "--to", "store:datasets/mine")
    assert ran.code == ExitCode.REFUSED
    assert "no room for roses" in ran.err


def test_data_sets_are_listed(api: Any, florescope: Run) -> None:
    api.datasets = [
        {"name": "synthetic_flowers", "kind": "built_in", "classes": 9, "splits": {"train": 5400}},
        {"name": "store:datasets/mine", "kind": "folder", "classes": None, "splits": None},
    ]
    ran = florescope("datasets")
    assert ran.code == ExitCode.OK
    assert "train 5400" in ran.out
    assert "store:datasets/mine" in ran.out
