from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.exit_code import ExitCode
from florescope.download import fetch_file

Run = Callable[..., Any]
FILES = {"spec.json": b"{}", "flower one.jpg/gradcam++.png": b"\x89PNG" * 999, "a/b/c#?%41.npz": b"", "z": b"z"}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_file, "PAUSE_S", 0.001)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_all_files_of_all_pages_are_fetched(api: Any, florescope: Run, tmp_path: Path) -> None:
    api.files = FILES
    ran = florescope("fetch", "j1", "--to", str(tmp_path / "to"), "--json")
    assert ran.code == ExitCode.OK
    assert _contents(tmp_path / "to") == FILES
    said = json.loads(ran.out)
    assert (said["files"], said["downloaded"], said["skipped"], said["failed"]) == (4, 4, 0, {})


def test_more_files_than_requests_a_minute_are_fetched(api: Any, florescope: Run, tmp_path: Path) -> None:
    api.files, api.quota = FILES, 3
    ran = florescope("fetch", "j1", "--to", str(tmp_path / "to"), "--json")
    assert ran.code == ExitCode.OK
    assert _contents(tmp_path / "to") == FILES


def test_what_is_complete_is_skipped_and_the_rest_mended(api: Any, florescope: Run, tmp_path: Path) -> None:
    api.files = FILES
    florescope("fetch", "j1", "--to", str(tmp_path))
    (tmp_path / "z").write_bytes(b"y")  # same size, other bytes
    (tmp_path / "spec.json").unlink()
    (tmp_path / "spec.json.part").write_bytes(b"half of an earlier one")
    api.downloads.clear()
    florescope("fetch", "j1", "--to", str(tmp_path))
    assert sorted(api.downloads) == ["spec.json", "z"]
    assert _contents(tmp_path) == FILES


def test_bytes_that_do_not_match_their_digest_are_not_kept(api: Any, florescope: Run, tmp_path: Path) -> None:
    api.files, api.lies = FILES, {"z": b"x"}
    ran = florescope("fetch", "j1", "--to", str(tmp_path))
    assert ran.code == ExitCode.DOWNLOAD_INCOMPLETE
    assert "z: got 1 bytes" in ran.err
    assert _contents(tmp_path) == {name: data for name, data in FILES.items() if name != "z"}


def test_a_name_that_climbs_out_is_reported_and_the_others_are_fetched(
    api: Any, florescope: Run, tmp_path: Path
) -> None:
    api.files = {"../outside": b"evil", "inside": b"good"}
    ran = florescope("fetch", "j1", "--to", str(tmp_path / "to"))
    assert ran.code == ExitCode.DOWNLOAD_INCOMPLETE
    assert _contents(tmp_path) == {"to/inside": b"good"}
    assert api.downloads == ["inside"]


def test_files_of_any_name_are_fetched(api: Any, florescope: Run, tmp_path: Path) -> None:
    names = ("3.04\u202fPM.png/gradcam.jpg", "\u202e\u05d0\u2028.png", "back\\slash", "n" * 255, "n" * 255 + "x/y")
    api.files = {name: name.encode() for name in names}
    ran = florescope("fetch", "j1", "--to", str(tmp_path), "--json")
    assert ran.code == ExitCode.DOWNLOAD_INCOMPLETE
    assert list(json.loads(ran.out)["failed"]) == [names[-1]]
    assert _contents(tmp_path) == {name: name.encode() for name in names[:-1]}


def test_pictures_that_are_not_stored_are_fetched_where_they_are_asked_for(
    api: Any, florescope: Run, tmp_path: Path
) -> None:
    api.files, api.drawn = {"spec.json": b"{}"}, {"flower one.jpg": b"a picture ", "b.jpg": b"another "}
    florescope("fetch", "j1", "--to", str(tmp_path / "stored"))
    assert set(_contents(tmp_path / "stored")) == {"spec.json"}
    for _ in range(2):  # the second time, all of them are there
        ran = florescope("fetch", "j1", "--to", str(tmp_path / "all"), "--pictures")
        assert ran.code == ExitCode.OK
    assert _contents(tmp_path / "all") == {
        "spec.json": b"{}",
        "flower one.jpg/gradcam.jpg": b"a picture gradcam",
        "flower one.jpg/gradcam:contrast.jpg": b"a picture gradcam:contrast",
        "b.jpg/gradcam.jpg": b"another gradcam",
        "b.jpg/gradcam:contrast.jpg": b"another gradcam:contrast",
    }
    pictures = [f"{image}/{name}" for image in ("b.jpg", "flower one.jpg") for name in ("gradcam", "gradcam:contrast")]
    assert sorted(api.downloads) == [*pictures, "spec.json", "spec.json"]
