"""Hostile and broken model files: each is refused with a reason, and nothing in them runs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ml.models.importing import model_file
from ml.models.importing.model_file import CONFIG, METADATA, WEIGHTS, load_untrusted
from tests.unit.ml.models.importing.doctored_files import members, refusal, written


def test_a_good_file_gives_the_model_without_its_optimiser(good: Path) -> None:
    model = load_untrusted(good)
    assert model.output_shape == (None, 3)
    assert not model.compiled


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.keras"
    path.write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    assert "no .keras file" in refusal(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.keras"
    path.write_bytes(b"")
    assert "an empty file" in refusal(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_truncated_file_is_refused(good: Path, tmp_path: Path, share: float) -> None:
    path, data = tmp_path / "half.keras", good.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "only the beginning" in refusal(path)


def test_another_zip_archive_is_refused(tmp_path: Path) -> None:
    assert f"no {CONFIG} and no {WEIGHTS}" in refusal(written(tmp_path, {"readme.txt": b"hello"}))


def test_members_that_keras_does_not_write_are_refused(good: Path, tmp_path: Path) -> None:
    assert "4 members" in refusal(written(tmp_path, {**members(good), "../../outside": b"x"}))


def test_a_file_that_unpacks_to_too_much_is_refused_unread(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "MAX_UNPACKED_BYTES", 2 << 20)
    bomb = written(tmp_path, {**members(good), WEIGHTS: bytes(3 << 20)}, method=zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 1 << 16
    assert "unpacks to 3 MiB, more than the 2 MiB" in refusal(bomb)


def test_a_missing_metadata_file_does_not_matter(good: Path, tmp_path: Path) -> None:
    content = {name: data for name, data in members(good).items() if name != METADATA}
    assert load_untrusted(written(tmp_path, content)).output_shape == (None, 3)
