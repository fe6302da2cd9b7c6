"""Sending models and pictures from the page without JavaScript."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from api.submission import picture_form, picture_upload, upload
from jobs import keys
from tests.integration.api.conftest import Api
from tests.services.browser import new_page

Files = list[tuple[str, tuple[str, bytes]]]
PICTURES: Files = [
    ("pictures", (name, b"picture")) for name in ("mine/rose/1.jpg", "mine/lily/2.png", "mine/notes.txt")
]


def send(api: Api, path: str, files: Files, **fields: Any) -> httpx.Response:
    return api.http.post(path, data=fields, files=files, headers={"accept": "text/html"})


def pictures(api: Api) -> set[str]:
    return {key for key in api.contents() if key.startswith(keys.DATASETS_PREFIX)}


def test_a_model_leads_to_the_form_of_its_import(api: Api) -> None:
    answer = send(api, "/upload/model", [("model", ("model.keras", b"a model"))])
    digest = hashlib.sha256(b"a model").hexdigest()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/new/import?upload={digest}")
    assert api.store.get(keys.upload(digest)) == b"a model"


def test_pictures_lie_in_their_classes_and_other_files_are_left_out(api: Api) -> None:
    answer = send(api, "/upload/pictures", PICTURES, folder="garden")
    assert pictures(api) == {"datasets/garden/rose/1.jpg", "datasets/garden/lily/2.png"}
    page = api.http.get(answer.headers["location"]).text
    assert "2 pictures are there; 1 other files were left out." in page
    assert 'href="/new/train?dataset=store%3Adatasets/garden"' in page


def test_no_picture_takes_the_place_of_another_one_of_the_same_form(api: Api) -> None:
    files: Files = [("pictures", ("mine/1.jpg", b"one")), ("pictures", ("mine/mine/1.jpg", b"two"))]
    answer = send(api, "/upload/pictures", files, folder="garden")
    assert answer.status_code == 422
    assert "would both be stored as" in answer.text
    assert api.store.get("datasets/garden/mine/1.jpg") == b"one"


@pytest.mark.parametrize(
    ("path", "fields", "files", "words"),
    [
        ("/upload/model", {}, [("model", ("", b""))], "no file was chosen"),
        ("/upload/model", {}, [("model", ("model.keras", b""))], "no file was sent"),
        ("/upload/pictures", {"folder": "garden"}, PICTURES[2:], "there is no picture among these files"),
        ("/upload/pictures", {"folder": "../other"}, PICTURES, "cannot be the name of a data set"),
        ("/upload/pictures", {}, PICTURES, "cannot be the name of a data set"),
        ("/upload/pictures", {"folder": "garden"}, [("pictures", ("a/../../b.jpg", b""))], "b.jpg"),
    ],
)
def test_what_cannot_be_taken_in_is_said_on_a_page(
    api: Api, path: str, fields: dict[str, str], files: Files, words: str
) -> None:
    before = api.contents()
    answer = send(api, path, files, **fields)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert words in answer.text
    assert api.contents() == before


def test_a_model_that_is_too_large_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_MODEL_BYTES", 3)
    assert send(api, "/upload/model", [("model", ("model.keras", b"four"))]).status_code == 413


def test_a_picture_that_is_too_large_is_named_and_those_before_it_are_there(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_upload, "MAX_IMAGE_BYTES", 10)
    files: Files = [*PICTURES[:1], ("pictures", ("mine/rose/large.jpg", b"more than ten bytes"))]
    answer = send(api, "/upload/pictures", files, folder="garden")
    assert answer.status_code == 413
    assert "garden/rose/large.jpg" in answer.text
    assert pictures(api) == {"datasets/garden/rose/1.jpg"}


@pytest.mark.parametrize("limit", ["MAX_FORM_BYTES", "MOST_FILES"])
def test_a_form_that_sends_too_much_says_how_far_it_came(api: Api, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(picture_form, limit, 10 if limit == "MAX_FORM_BYTES" else 1)
    answer = send(api, "/upload/pictures", PICTURES, folder="garden")
    assert answer.status_code == 413
    assert "1 pictures are there" in answer.text


@pytest.fixture
def plain_page(api: Api, browser: Browser) -> Iterator[Page]:
    with new_page(browser, java_script_enabled=False, base_url=str(api.http.base_url)) as opened:
        yield opened


@pytest.mark.browser
def test_a_browser_without_javascript_sends_a_folder_and_a_model(api: Api, plain_page: Page, tmp_path: Path) -> None:
    for name in ("rose/1.jpg", "lily/2.png", "notes.txt"):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    plain_page.goto("/upload")
    plain_page.get_by_label("Name of the data set").fill("garden")
    plain_page.locator("#pictures-folder").set_input_files(tmp_path / "mine")
    plain_page.get_by_role("button", name="Send the pictures").click()
    expect(plain_page.get_by_text("2 pictures are there; 1 other files were left out.")).to_be_visible()
    assert pictures(api) == {"datasets/garden/rose/1.jpg", "datasets/garden/lily/2.png"}
    plain_page.get_by_role("link", name="Train on them").click()
    expect(plain_page.get_by_label("Dataset")).to_have_value("store:datasets/garden")
    plain_page.goto("/upload")
    plain_page.locator("#model-file").set_input_files(tmp_path / "mine" / "notes.txt")
    plain_page.get_by_role("button", name="Send the model").click()
    plain_page.wait_for_url("**/new/import?upload=*")
