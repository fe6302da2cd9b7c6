from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from florescope.client import Client
from tests.services.command_line import Ran
from tests.services.fake_api import FakeApi

Florescope = Callable[..., Ran]
FILES = {"model.keras": b"weights", "model_card.md": b"# flowers", "figures/learning_curves.png": b"png"}


def described(name: str) -> dict[str, Any]:
    data = FILES[name]
    return {"name": name, "key": "k", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.fixture(autouse=True)
def published(api: FakeApi) -> None:
    api.files = dict(FILES)
    api.models = [
        {
            "id": "m1",
            "name": "flowers",
            "job_id": "j1",
            "created_at": "2026-11-23T20:00:00Z",
            "checkpoint": described("model.keras"),
            "backbone": "MobileNetV2",
            "weights": "imagenet",
            "image_size": 224,
            "class_names": ["rose", "lily"],
            "dataset": "oxford_flowers102",
            "train_images": 1020,
            "validation_images": 1020,
            "test_images": 4149,
            "test_accuracy": 0.795,
            "history": [],
            "files": [described("model_card.md"), described("figures/learning_curves.png")],
        }
    ]


def test_models_are_listed_with_their_accuracy(florescope: Florescope) -> None:
    out = florescope("models", "list").out
    assert all(word in out for word in ("m1", "flowers", "MobileNetV2", "79.5 %"))


def test_models_that_cannot_be_read_are_named_beside_the_others(api: FakeApi, florescope: Florescope) -> None:
    api.unreadable_models = [{"id": "m0", "reason": "the document is damaged"}]
    ran = florescope("models", "list")
    assert "m1" in ran.out
    assert "model m0 cannot be read: the document is damaged" in ran.err
    assert json.loads(florescope("models", "list", "--json").out)["unreadable"] == api.unreadable_models


def test_a_program_is_warned_of_models_that_cannot_be_read(api: FakeApi) -> None:
    api.unreadable_models = [{"id": "m0", "reason": "the document is damaged"}]
    with Client(api.url) as client, pytest.warns(UserWarning, match="model m0 cannot be read") as warned:
        assert [model["id"] for model in client.models()] == ["m1"]
    assert warned[0].filename == __file__


def test_times_of_models_are_local_and_say_so(florescope: Florescope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    assert "2026-11-23 21:00:00 CET" in florescope("models", "show", "m1").out
    monkeypatch.undo()
    time.tzset()


def test_one_model_is_shown_with_the_digest_of_its_file(florescope: Florescope) -> None:
    out = florescope("models", "show", "m1").out
    assert described("model.keras")["sha256"] in out.replace("\n", "")
    assert json.loads(florescope("models", "show", "m1", "--json").out)["id"] == "m1"


def test_a_pull_brings_the_model_with_its_card_and_curves(florescope: Florescope, tmp_path: Path) -> None:
    assert florescope("models", "pull", "m1", "--to", str(tmp_path)).code == 0
    assert {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.*")} == FILES


def test_a_second_pull_fetches_only_what_is_missing_or_damaged(
    api: FakeApi, florescope: Florescope, tmp_path: Path
) -> None:
    florescope("models", "pull", "m1", "--to", str(tmp_path))
    (tmp_path / "model.keras").write_bytes(b"damaged")
    api.downloads.clear()
    ran = florescope("models", "pull", "m1", "--to", str(tmp_path), "--json")
    assert json.loads(ran.out)["downloaded"] == ["model.keras"]
    assert api.downloads == ["model.keras"]


def test_a_pull_that_breaks_off_goes_on_where_it_stopped(
    api: FakeApi, florescope: Florescope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("florescope.download.fetch_file.PAUSE_S", 0)
    api.break_off_after = 3
    assert florescope("models", "pull", "m1", "--to", str(tmp_path)).code == 0
    assert api.ranges[:2] == [None, "bytes=3-"]
    assert (tmp_path / "model.keras").read_bytes() == FILES["model.keras"]


def test_a_later_pull_goes_on_with_what_an_earlier_one_left(
    api: FakeApi, florescope: Florescope, tmp_path: Path
) -> None:
    (tmp_path / "model.keras.part").write_bytes(FILES["model.keras"][:4])
    assert florescope("models", "pull", "m1", "--to", str(tmp_path)).code == 0
    assert api.ranges[0] == "bytes=4-"
    assert (tmp_path / "model.keras").read_bytes() == FILES["model.keras"]


def test_a_part_that_fell_short_of_its_name_alone_is_not_fetched_again(
    api: FakeApi, florescope: Florescope, tmp_path: Path
) -> None:
    (tmp_path / "model.keras.part").write_bytes(FILES["model.keras"])
    assert florescope("models", "pull", "m1", "--to", str(tmp_path)).code == 0
    assert "model.keras" not in api.downloads


def test_a_part_of_something_else_is_thrown_away(
    api: FakeApi, florescope: Florescope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("florescope.download.fetch_file.PAUSE_S", 0)
    (tmp_path / "model.keras.part").write_bytes(b"oth")
    assert florescope("models", "pull", "m1", "--to", str(tmp_path)).code == 0
    assert api.ranges[:2] == ["bytes=3-", None]
    assert (tmp_path / "model.keras").read_bytes() == FILES["model.keras"]


def test_bytes_that_are_not_what_was_published_are_not_kept(
    api: FakeApi, florescope: Florescope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("florescope.download.fetch_file.PAUSE_S", 0)
    api.lies["model.keras"] = b"wicked!"
    ran = florescope("models", "pull", "m1", "--to", str(tmp_path))
    assert ran.code == 9
    assert "SHA-256" in ran.err
    assert not list(tmp_path.glob("model.keras*"))


def test_a_model_whose_file_has_a_name_that_leads_out_is_one_line_and_no_traceback(
    api: FakeApi, florescope: Florescope, tmp_path: Path
) -> None:
    api.models[0]["files"] = [{**described("model_card.md"), "name": "../outside"}]
    ran = florescope("models", "pull", "m1", "--to", str(tmp_path / "to"))
    assert (ran.code, ran.err) == (9, "florescope: '../outside' has a segment '..'\n")


def test_a_folder_that_cannot_be_filled_is_one_line_and_no_traceback(florescope: Florescope, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    ran = florescope("models", "pull", "m1", "--to", str(tmp_path / "taken" / "to"))
    assert ran.code == 10
    assert ran.err == f"florescope: {tmp_path / 'taken' / 'to'}: Not a directory\n"


def test_a_model_that_does_not_exist_is_told(florescope: Florescope) -> None:
    ran = florescope("models", "show", "nothing")
    assert (ran.code, "there is no model 'nothing'" in ran.err) == (7, True)
