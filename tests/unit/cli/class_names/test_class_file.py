from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.class_names.class_file import names_in, read_class_names
from cli.errors import Usage

NAMES = ["cats", "Tiger Lily", "ça va"]
PLAIN_NAMES = st.lists(st.text("abcxyzäé -'", min_size=1).map(str.strip).filter(bool), min_size=2, unique=True)


def refusal(text: str, *, suffix: str = ".txt") -> str:
    with pytest.raises(Usage) as refused:
        names_in(text.encode(), suffix=suffix)
    return str(refused.value)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_are_names_whatever_ends_them_and_however_they_are_encoded(newline: str, encoding: str) -> None:
    assert names_in((newline.join(NAMES) + newline).encode(encoding)) == NAMES


@pytest.mark.parametrize(
    "text",
    [
        "0 cats\n1 Tiger Lily\n2 ça va\n",
        "2 ça va\n0 cats\n1 Tiger Lily\n",
        "0: cats\n1: Tiger Lily\n2: ça va",
        "0. cats\n1. Tiger Lily\n2. ça va",
        "0\tcats\n1\tTiger Lily\n2\tça va\n",
        "0,cats\n1,Tiger Lily\n2,ça va\n",
        "cats,0\nTiger Lily,1\nça va,2\n",
    ],
)
def test_numbers_before_or_after_names_order_them(text: str) -> None:
    assert names_in(text.encode()) == NAMES


@pytest.mark.parametrize(
    "lines",
    [
        ["0", "1", "2"],
        ["class 0", "class 1"],
        ["Boeing 737", "Boeing 747"],
        ["cats", "3 dogs"],
        ["tench, Tinca tinca", "goldfish, Carassius auratus"],
        ["n01440764 tench, Tinca tinca", "n01443537 goldfish"],
        ["0.5 mm", "1.5 mm"],
    ],
)
def test_numbers_that_belong_to_names_stay(lines: list[str]) -> None:
    assert names_in("\n".join(lines).encode()) == lines


@pytest.mark.parametrize(
    "document",
    [
        NAMES,
        {"cats": 0, "Tiger Lily": 1, "ça va": 2},
        {"ça va": 2, "cats": 0, "Tiger Lily": 1},
        {"0": "cats", "1": "Tiger Lily", "2": "ça va"},
        {"cats": "0", "Tiger Lily": "1", "ça va": "2"},
        {"0": ["n1", "cats"], "1": ["n2", "Tiger Lily"], "2": ["n3", "ça va"]},
        {"model_type": "vit", "id2label": {"0": "cats", "1": "Tiger Lily", "2": "ça va"}},
        {"tfjsVersion": "1.3.1", "labels": NAMES},
    ],
)
def test_json_lists_and_objects_in_either_direction(document: object) -> None:
    for indent in (None, 2):
        assert names_in(codecs.BOM_UTF8 + json.dumps(document, indent=indent).encode(), suffix=".json") == NAMES


def test_keras_numbers_folders_called_by_digits_in_the_order_of_their_names() -> None:
    assert names_in(b'{"0": 0, "1": 1, "10": 2, "2": 3}') == ["0", "1", "10", "2"]


def test_names_that_imagenet_has_twice_keep_their_synset() -> None:
    index = {"0": ["n02012849", "crane"], "1": ["n03126707", "crane"], "2": ["n01440764", "tench"]}
    assert names_in(json.dumps(index).encode()) == ["n02012849 crane", "n03126707 crane", "tench"]


@pytest.mark.parametrize(
    "text",
    [
        "index,name\n0,cats\n1,Tiger Lily\n2,ça va\n",
        ",name\n0,cats\n1,Tiger Lily\n2,ça va\n",
        "name;class_id\nça va;2\ncats;0\nTiger Lily;1\n",
        "label\tname\n0\tcats\n1\tTiger Lily\n2\tça va\n",
        '"0","cats"\n"1","Tiger Lily"\n"2","ça va"\n',
        "index,name,remark\n0,cats,a\n1,Tiger Lily,b\n2,ça va,c\n",
        "class_name\ncats\nTiger Lily\nça va\n",
        "cats\nTiger Lily\nça va\n",
    ],
)
def test_a_table_with_a_column_of_numbers_or_without(text: str) -> None:
    assert names_in(text.encode(), suffix=".csv") == NAMES


def test_a_quoted_name_may_hold_the_comma() -> None:
    assert names_in(b'0,"tench, Tinca"\n1,pike\n', suffix=".csv") == ["tench, Tinca", "pike"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 cats\n2 dogs", "2 classes are numbered 0 to 2, and 1 is missing"),
        ("1 cats\n2 dogs", "2 classes are numbered 1 to 2, and 0 is missing"),
        ("0 cats\n0 dogs", "the number 0 is given twice"),
        ('{"cats": 0, "dogs": 0}', "the number 0 is given twice"),
        ('{"cats": 0, "cats": 1}', "class 'cats' is named twice, for outputs 0 and 1"),
        ('{"0": "cats", "2": "dogs"}', "1 is missing"),
        ("index,name\n0,cats\n3,dogs", "2 classes are numbered 0 to 3, and 1 is missing"),
        ("cats\ndogs\ncats", "class 'cats' is named twice, for outputs 0 and 2"),
        ("10 euro\n20 euro\n50 euro", "give the names as a JSON list"),
        ("0 cats\n1 dogs\nbirds", "line 3 ('birds') has not the number 2"),
        ('["cats", null]', "null stands where the name of a class was expected"),
        ('["cats", ""]', "class 1 has an empty name"),
        ('{"cats": 0.5}', "not one of names and numbers: it holds 'cats': 0.5"),
        ('{"cats": 0', "it is no JSON"),
        ("cats", "one name was found, 'cats'"),
        ("", "no name was found"),
    ],
)
def test_gaps_repeats_and_what_is_no_name_are_refused_with_what_was_found(text: str, words: str) -> None:
    assert words in refusal(text)


def test_one_of_very_many_names_that_is_there_twice_is_found() -> None:
    names = [f"class {number}" for number in range(100_000)]
    assert names_in(json.dumps(names).encode(), suffix=".json") == names
    words = "class 'class 99998' is named twice, for outputs 99998 and 99999"
    assert words in refusal(json.dumps([*names[:-1], "class 99998"]), suffix=".json")


def test_a_table_whose_names_are_in_no_clear_column_is_refused() -> None:
    assert "which one holds the names is not clear" in refusal("0,cats,x\n1,dogs,y", suffix=".csv")
    assert "different numbers of cells" in refusal("0,cats\n1,dogs,big", suffix=".csv")


def test_bytes_that_are_no_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(Usage, match=r"at byte 0.*save it as UTF-8"):
        names_in(b"\xe7\xe9a")


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("0 cats\n0 dogs\n")
    with pytest.raises(Usage, match=r"--classes .*labels\.txt: the number 0"):
        read_class_names(path)


@given(PLAIN_NAMES)
def test_every_form_of_the_same_names_gives_these_names(names: list[str]) -> None:
    numbered = list(enumerate(names))
    forms = [
        "\n".join(names),
        "\r\n".join(f"{index} {name}" for index, name in numbered),
        "\n".join(f"{index},{name}" for index, name in reversed(numbered)),
        json.dumps(names),
        json.dumps({name: index for index, name in numbered}),
        json.dumps({index: name for index, name in reversed(numbered)}),
    ]
    assert [names_in(form.encode()) for form in forms] == [names] * len(forms)
