from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.errors import InvalidSpec
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from ml.data.example import DatasetDescription
from workers.inputs.class_names import near, numbered, spelling
from workers.kinds.evaluate.kind import check_classes

NAMES = ("water lily", "rose", "thorn apple")


def check(ours: tuple[str, ...], theirs: tuple[str, ...], **facts: Any) -> None:
    published = PublishedModel(
        id="m",
        name=None,
        job_id="m",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        checkpoint=Artifact(name="model.keras", key="k", size=1, sha256="0" * 64),
        image_size=32,
        feature_layer="last",
        class_names=ours,
        **facts,
    )
    check_classes(published, DatasetDescription("flowers", theirs, {"test": 4}, has_masks=False), field="model")


def refusal(ours: tuple[str, ...], theirs: tuple[str, ...], **facts: Any) -> str:
    with pytest.raises(InvalidSpec) as refused:
        check(ours, theirs, **facts)
    assert refused.value.field == "model"
    return str(refused.value)


@pytest.mark.parametrize("spelt", [NAMES, ("Water_Lily", " rose ", "THORN-APPLE")])
def test_the_same_classes_agree_however_they_are_spelt(spelt: tuple[str, ...]) -> None:
    check(NAMES, spelt)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(("a", "A", "b"), ("A", "a", "b")), (("-", "_", "x"), ("_", "-", "x")), (("a", "A"), ("A", "a"))],
)
def test_classes_that_only_case_or_a_dash_tells_apart_are_not_taken_for_each_other(
    ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    assert "number the same classes differently" in refusal(ours, theirs)
    check(ours, ours)


def test_an_umlaut_is_the_same_in_one_character_and_in_two() -> None:
    check(("G\u00e4nsebl\u00fcmchen", "rose"), ("Ga\u0308nseblu\u0308mchen", "rose"))


def test_as_many_other_classes_are_refused_with_the_first_that_differ() -> None:
    message = refusal(NAMES, ("cat", "rose", "dog"), dataset="oxford")
    assert "class 0 is 'water lily' to the model and 'cat' to the data set" in message
    assert "class 2 is 'thorn apple'" in message
    assert "'rose'" not in message
    assert "as 'oxford' is" in message


def test_of_many_classes_that_differ_three_are_named() -> None:
    message = refusal(tuple("abcdefg"), tuple("hijklmn"))
    assert message.count("to the data set") == 3
    assert "and 4 more" in message


def test_an_imported_model_can_be_imported_again_with_the_names_of_the_data_set() -> None:
    assert "import it again with their names" in refusal(NAMES, ("a", "b", "c"), origin="imported")


@pytest.mark.parametrize("numbers", [numbered(3), ("0", "1", "2"), ("Class_7", "12", "3")])
def test_names_that_are_but_numbers_are_taken_to_be_those_of_the_other(numbers: tuple[str, ...]) -> None:
    check(numbers, NAMES)
    check(NAMES, numbers)


@pytest.mark.parametrize("names", [NAMES, ("0", "1", "2"), ("tulip", "tulips", "rose")])
def test_the_same_names_in_another_order_are_refused_be_they_numbers_or_not(names: tuple[str, ...]) -> None:
    assert "number the same classes differently" in refusal(names, (names[1], names[0], names[2]))


def test_the_same_classes_that_are_spelt_differently_are_pointed_out() -> None:
    told = spelling(("Tiger Lily", "rose", "T-shirt"), {0: "tiger_lily", 1: "rose", 2: "t shirt"})
    assert (
        told
        == "the model says 'Tiger Lily', the data set 'tiger_lily'; the model says 'T-shirt', the data set 't shirt'"
    )
    assert spelling(NAMES, dict(enumerate(NAMES))) == ""


def test_classes_that_only_a_plural_tells_apart_are_refused_as_perhaps_the_same() -> None:
    message = refusal(("daisy", "rose"), ("daisies", "rose"))
    assert "spell classes differently, perhaps the same ones: class 0 is 'daisy' to the model and 'daisies'" in message


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("cat", "cats", True),
        ("Daisies", "daisy", True),
        ("box", "boxes", True),
        ("rose", "roses", True),
        ("TigerLily", "tiger_lily", True),
        ("Tiger Lilies", "tigerlily", True),
        ("cat", "car", False),
        ("s", "", False),
        ("ship", "sheep", False),
    ],
)
def test_names_are_near_that_differ_in_spaces_case_or_a_plural(one: str, other: str, *, alike: bool) -> None:
    assert near(one, other) is alike
    assert near(other, one) is alike
