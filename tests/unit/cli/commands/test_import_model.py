from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode

Run = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.keras"
    path.write_bytes(b"PK" + bytes(3 << 20))
    return path


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        ("rose, tulip", ["rose", "tulip"]),
        ("7", 7),
        ("lines.txt", ["rose", "oxeye daisy"]),
        ("names.json", ["rose", "oxeye daisy"]),
    ],
)
def test_a_model_file_is_sent_and_imported(
    api: Any, florescope: Run, file: Path, monkeypatch: pytest.MonkeyPatch, given: str, classes: Any
) -> None:
    monkeypatch.chdir(file.parent)
    Path("lines.txt").write_text("rose\noxeye daisy\n")
    Path("names.json").write_text('["rose", "oxeye daisy"]')
    ran = florescope("models", "import", str(file), "--preprocessing", "caffe", "--classes", given, "--no-wait")
    assert ran.code == ExitCode.OK
    assert api.uploads == [file.read_bytes()]
    digest = hashlib.sha256(api.uploads[0]).hexdigest()
    assert api.specs == [{"kind": "import", "upload": digest, "preprocessing": "caffe", "classes": classes}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.keras", "--preprocessing", "none"], "no such file"),
        (["{file}"], "--preprocessing"),
        (["{file}", "--preprocessing", "none", "--classes", "nowhere.txt"], "nowhere.txt: no such file"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_sent(
    api: Any, florescope: Run, file: Path, arguments: list[str], words: str
) -> None:
    ran = florescope("models", "import", *(argument.format(file=file) for argument in arguments))
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
    assert (api.uploads, api.specs) == ([], [])


def test_an_import_has_a_turn_and_channels_as_other_jobs_have(api: Any, florescope: Run, file: Path) -> None:
    turn = ("--priority", "high", "--deadline", "2030-01-31T18:00Z")
    ran = florescope("models", "import", str(file), "--preprocessing", "none", *turn, "--notify", "ci", "--no-wait")
    assert ran.code == ExitCode.OK
    assert api.specs[0]["notify"] == ["ci"]
    assert api.turns == [{"priority": "high", "deadline": "2030-01-31T18:00Z"}]
