from __future__ import annotations

import pytest

from jobs.errors import InvalidSpec
from workers.inputs.class_names import alike, numbered
from workers.inputs.folder_labels import folder_labels

NAMES = ("Tiger Lily", "rose")


def left_out(folders: tuple[str, ...], names: tuple[str, ...] = NAMES) -> str:
    found = folder_labels(folders, names, dataset="store:datasets/mine")
    assert found.labels == {}
    return found.left_out


def test_folders_are_labelled_by_the_class_of_their_name() -> None:
    found = folder_labels(("rose", "tiger_lily"), NAMES, dataset="store:datasets/mine")
    assert found.labels == {"rose": 1, "tiger_lily": 0}
    assert found.left_out == ""


def test_it_is_said_that_no_folder_is_a_class() -> None:
    told = "no folder of the data set ('beach') is a class of the model ('Tiger Lily', 'rose')"
    assert left_out(("beach",)) == told


def test_folders_that_only_a_plural_or_a_space_tells_from_classes_are_pointed_out() -> None:
    told = left_out(("roses", "tigerlily"))
    assert "the model says 'rose', the data set 'roses'" in told
    assert "the model says 'Tiger Lily', the data set 'tigerlily'" in told


def test_classes_without_names_are_called_so() -> None:
    assert "whose classes have no names: import it again with names" in left_out(("cats", "dogs"), numbered(2))


def test_pictures_in_no_folder_are_called_so() -> None:
    assert "lie in no folders" in left_out(())


def test_where_some_folders_are_classes_those_that_are_not_are_named_with_what_they_may_mean() -> None:
    with pytest.raises(InvalidSpec, match=r"'tigerlilies' are no classes .* says 'Tiger Lily', the data set 'tigerlil"):
        folder_labels(("rose", "tigerlilies"), NAMES, dataset="store:datasets/mine")


def test_many_folders_and_classes_are_compared_in_time_that_grows_with_their_number() -> None:
    compared: list[str] = []

    class Name(str):
        """Counts how often it is looked at."""

        def casefold(self) -> str:
            compared.append(self)
            return super().casefold()

    def looks(count: int) -> int:
        compared.clear()
        found = alike(
            [Name(f"kind {number}x") for number in range(count)], [Name(f"kind{number}xs") for number in range(count)]
        )
        assert len(found) == count
        return len(compared)

    assert looks(200) <= 2 * looks(100)


def test_of_classes_that_only_case_tells_apart_each_folder_is_the_one_of_its_name() -> None:
    assert folder_labels(["A", "a"], ["a", "A"], dataset="x").labels == {"A": 1, "a": 0}
    with pytest.raises(InvalidSpec, match="'Rose ' are no classes"):
        folder_labels(["rose", "Rose "], ["rose", "ROSE"], dataset="x")


def test_a_folder_that_writes_an_umlaut_in_two_characters_is_its_class_and_not_spelt_otherwise() -> None:
    found = folder_labels(["Ga\u0308nseblu\u0308mchen"], ["rose", "G\u00e4nsebl\u00fcmchen"], dataset="x")
    assert list(found.labels.values()) == [1]
    assert found.own_names(["rose", "G\u00e4nsebl\u00fcmchen"]) == {}
