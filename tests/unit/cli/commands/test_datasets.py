from __future__ import annotations

import json
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
    assert json.loads(ran.out) == {"dataset": "store:datasets/mine", "pictures": 3, "ignored": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{folder}", "--to", "mine"], "expected store:datasets/"),
        (["{folder}", "--to", "store:datasets/"], "expected store:datasets/"),
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
