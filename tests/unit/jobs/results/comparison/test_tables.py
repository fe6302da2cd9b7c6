"""A comparison as people read it."""

from __future__ import annotations

from pathlib import Path

from jobs.results.comparison.document import ClassChange, Comparison, ImageChange, ImageSide, MapPair
from jobs.results.comparison.parts import shown_parts
from jobs.results.comparison.tables import CLASSES_SHOWN, comparison_tables

STORED = Path(__file__).parents[4] / "contract" / "stored" / "unreleased"
FOUND = Comparison.decode(next(STORED.rglob("comparison.json")).read_bytes())


def table(found: Comparison, anchor: str) -> tuple[tuple[str, ...], ...]:
    return next(each.rows for each in comparison_tables(found, title_of=str.upper) if each.anchor == anchor)


def test_each_table_has_as_many_cells_as_its_header() -> None:
    for each in comparison_tables(FOUND, title_of=str.upper):
        assert {len(row) for row in each.rows} == {len(each.header)}, each.anchor


def test_accuracies_are_shares_and_their_difference_is_in_points() -> None:
    assert table(FOUND, "accuracy")[0][:4] == ("9", "55.6 %", "66.7 %", "+11.1")


def test_maps_name_both_methods_by_their_titles() -> None:
    assert table(FOUND, "maps")[0][:2] == ("GRADCAM", "GRADCAM")


def test_what_was_not_compared_has_no_table() -> None:
    bare = FOUND.model_copy(update={"accuracy": None, "classes": (), "maps": (), "measures": ()})
    assert comparison_tables(bare, title_of=str.upper) == ()


def test_of_many_classes_those_that_lost_and_gained_most_are_shown() -> None:
    one = FOUND.classes[0]
    many = tuple(one.model_copy(update={"label": label, "name": f"class {label}"}) for label in range(100))
    assert all(isinstance(each, ClassChange) for each in many)
    shown = table(FOUND.model_copy(update={"classes": many}), "classes")
    assert len(shown) == CLASSES_SHOWN
    assert (shown[0][0], shown[-1][0]) == ("class 0", "class 99")


def test_parts_say_how_many_of_all_they_show() -> None:
    notes = {part.anchor: part.note for part in shown_parts(FOUND)}
    assert notes["fixed"] == "All, the first's surest mistakes first."
    assert FOUND.accuracy is not None
    more = FOUND.model_copy(update={"accuracy": FOUND.accuracy.model_copy(update={"fixed": 1500})})
    assert {part.anchor: part.note for part in shown_parts(more)}["fixed"].startswith("1 of 1,500, ")


def test_maps_stand_side_by_side_also_where_one_job_has_fewer() -> None:
    image = ImageChange(
        image_id="a", first=ImageSide(maps=("gradcam", "layercam")), second=ImageSide(maps=("gradcam",))
    )
    assert image.map_pairs == (MapPair("gradcam", "gradcam"), MapPair("layercam", None))
    assert [pair.methods for pair in image.map_pairs] == [("gradcam",), ("layercam",)]
