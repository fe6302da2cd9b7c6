"""The command that a gallery offers prints the list that the gallery shows."""

from __future__ import annotations

import csv
import io
import json
import shlex
from html import unescape
from typing import Any

import pytest

from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EXPLAINED
from tests.integration.api.pages.gallery.test_gallery_page import ids, show
from tests.services.command_line import Run, command_line


@pytest.fixture
def run(gallery: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line against this API."""
    return command_line(str(gallery.http.base_url), capsys=capsys, monkeypatch=monkeypatch)


LISTS: list[dict[str, Any]] = [
    {"outcome": "wrong", "label": "rose", "sort": "-focus"},
    {"prediction": ["1", "2"], "range": ["focus:0.1..0.4", "confidence:..0.5"], "method": "layercam"},
    {"flag": "empty_cam", "search": "& MORE", "sort": "-image_id"},
    {"id": ["flowers/003 & more.jpg", "flowers/004 & more.jpg"], "outcome": ["correct", "error"]},
]


@pytest.mark.parametrize("query", LISTS)
def test_the_command_that_is_shown_prints_the_same_images(gallery: Api, run: Run, query: dict[str, Any]) -> None:
    html = show(gallery, **query)
    command = shlex.split(unescape(html.split('<pre tabindex="0">')[1].split("</pre>")[0]))
    assert command[0] == "florescope"
    ran = run(*command[1:], "--json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert [item["image_id"][8:11] for item in found["items"]] == ids(html)
    assert found["total"] == len(ids(html)) > 0


def test_a_table_shows_what_it_is_sorted_by_and_how_many_there_are(run: Run) -> None:
    words = ("results", EXPLAINED, "--wrong", "--class", "Tiger Lily", "--sort", "-focus", "--limit", "2")
    ran = run(*words)
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0].split() == ["IMAGE", "OUTCOME", "CLASS", "PREDICTED", "CONFIDENCE", "FOCUS", "FLAGS"]
    assert lines[1].split() == ["flowers/055", "&", "more.jpg", "wrong", "tiger", "lily", "tulip", "0.917", "0.55"]
    assert "2 of 4 images" in ran.err


def test_csv_has_a_column_for_each_measure_of_each_method(run: Run) -> None:
    ran = run("results", EXPLAINED, "--csv", "--limit", "9")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert ran.code == 0
    assert len(rows) == 9
    assert (rows[5]["image_id"], rows[5]["layercam.focus"]) == ("flowers/005 & more.jpg", "0.05")
    assert rows[7]["error"] == "it is no picture"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--class", "orchid"), 7, "or a name: rose, tiger lily, tulip"),
        (("--sort", "beauty"), 7, "beauty"),
        (("--csv", "--json"), 2, "choose one"),
        (("--search", "nobody"), 0, "no image is so"),
    ],
)
def test_what_cannot_be_is_said(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    ran = run("results", EXPLAINED, *words)
    assert ran.code == code
    assert said in ran.err
