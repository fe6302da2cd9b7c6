"""The rule for names, over all of Unicode."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.listings.image_listing import SUFFIXES
from jobs.names.file_name import MAX_NAME_BYTES, MAX_SEGMENT_BYTES, legal_name, name_problem, photograph_name

ANYTHING = st.text(st.characters(exclude_categories=())) | st.text(alphabet="a./\\\0\n\x7f\x85\ud800~", max_size=8)


def test_every_character_but_control_characters_and_halves_may_stand_in_a_name() -> None:
    for code in range(0x110000):
        character = chr(code)
        refused = unicodedata.category(character) in {"Cc", "Cs"}
        assert (name_problem(f"a{character}.jpg") is not None) == refused, ascii(character)


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot 2026-05-01 at 3.04.05\u202fPM.png",
        "obrazovka v\u00a013.05.png",
        "\u5199\u771f\u3000\u590f.png",
        "\U0001f469\u200d\U0001f33e.png",
        "\u202e\u05d0\u05d1.png",
        "line\u2028paragraph\u2029.png",
        "\ufeffbom\ufffe\uffff.png",
        "n" * 251 + ".jpg",
        "\u82b1" * 85,
        "back\\slash.png",
        " .png ",
    ],
)
def test_names_of_all_computers_are_taken_as_they_are(name: str) -> None:
    assert name_problem(name) is None
    assert legal_name(name) == name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "is empty"),
        ("/a", "leave it out"),
        ("a//b", "empty segment"),
        ("a/", "empty segment"),
        ("a/../b", "'..'"),
        ("./b", "'.'"),
        ("a\tb", "control characters"),
        ("a\x85b", "control characters"),
        ("caf\udce9.jpg", "not UTF-8"),
        ("n" * 256, "longer than 255 bytes"),
        ("\u82b1" * 86, "longer than 255 bytes"),
    ],
)
def test_a_refusal_says_why(name: str, problem: str) -> None:
    assert problem in str(name_problem(name))


@given(ANYTHING)
@example("../../etc/passwd")
@example("")
@example("/")
@example(".")
@example("n" * 5000)
@example("\u82b1/" * 400)
@example(".\ud800")
def test_whatever_name_there_is_becomes_one_that_stays_in_its_folder(name: str) -> None:
    found = legal_name(name)
    assert name_problem(found) is None
    assert len(found.encode()) <= MAX_NAME_BYTES
    assert legal_name(found) == found
    assert (found == name) == (name_problem(name) is None and len(name.encode()) <= MAX_NAME_BYTES)
    assert Path("/folder").joinpath(found).is_relative_to("/folder")


@given(st.lists(ANYTHING, unique=True))
def test_no_two_names_become_the_same(names: list[str]) -> None:
    assert len({legal_name(name) for name in names}) == len(names)


@given(ANYTHING)
def test_every_segment_fits_into_a_folder(name: str) -> None:
    assert all(len(part.encode()) <= MAX_SEGMENT_BYTES for part in legal_name(name).split("/"))


def test_what_can_be_read_of_a_name_stays_and_so_does_its_suffix() -> None:
    digest = "[0-9a-f]{32}"
    for name, wanted in {"rose\n1.jpg": rf"rose1~{digest}\.jpg", "a/../b.png": rf"a/\.\.~{digest}/b\.png"}.items():
        assert re.fullmatch(wanted, legal_name(name))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_photograph_is_called_as_that_of_another_picture(suffix: str) -> None:
    ids = [f"rose/a{ending}{'.jpg' * more}" for ending in (suffix, suffix.upper()) for more in range(4)]
    names = [photograph_name(each) for each in ids]
    assert len(set(names)) == len(ids)
    assert all(name.lower().endswith((".jpg", ".jpeg")) for name in names)


def test_the_photograph_of_a_jpeg_is_called_as_it_is() -> None:
    assert [photograph_name(each) for each in ("rose/1.JPG", "a.b.jpeg")] == ["rose/1.JPG", "a.b.jpeg"]
    assert photograph_name("rose/1.png") == "rose/1.png.jpg"


def test_the_photograph_of_an_image_with_the_longest_name_has_a_legal_one() -> None:
    longest = "x" * (MAX_SEGMENT_BYTES - 4) + ".png"
    assert name_problem(photograph_name(f"rose/{longest}")) is None
    assert photograph_name(longest) != photograph_name(f"y{longest[1:]}")
