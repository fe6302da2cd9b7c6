"""Parquet files with pictures in them: which columns count, and how their rows are read."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.example import DatasetDescription, Example
from ml.data.parquet_columns import ParquetColumns, classes_in, open_table, parquet_columns
from ml.data.parquet_pictures import ParquetPictures, Table
from ml.errors import BadOption, UnknownName
from tests.services.shards import parquet, pictures, png

LABELS = {"0": 0, "1": 1, "2": 2}


def columns(data: bytes, label: str | None = None) -> ParquetColumns:
    return parquet_columns("mine", open_table(io.BytesIO(data)), label=label)


def source(files: Mapping[str, bytes], *, rows: Mapping[str, int] | None = None) -> ParquetPictures:
    """All files as one split; what cannot be opened counts as one row."""
    counts = rows or {name: open_table(io.BytesIO(data)).metadata.num_rows for name, data in files.items()}
    tables = [Table(name, count) for name, count in counts.items()]

    def opened(name: str) -> BinaryIO:
        return io.BytesIO(files[name])

    description = DatasetDescription("mine", ("a", "b", "c"), {"all": sum(counts.values())}, has_masks=False)
    return ParquetPictures(description, {"all": tables}, "image", "label", LABELS, opened, max_bytes=10_000)


def shades(examples: Sequence[Example]) -> list[int | None]:
    return [None if one.image is None else int(one.image[0, 0, 0]) for one in examples]


def rows(count: int, *, first: int = 0) -> bytes:
    labels = [number % 3 for number in range(first, first + count)]
    return parquet({"image": pictures(count, first=first), "label": labels})


def test_rows_are_read_in_order_over_all_files() -> None:
    found = list(source({"a.parquet": rows(6), "b.parquet": rows(3, first=6)}).read("all"))
    assert shades(found) == [10 * number for number in range(9)]
    assert [one.label for one in found] == [0, 1, 2] * 3
    assert [one.index for one in found] == list(range(9))
    assert found[7].image_id == "b/0000001 7.png"


FILES = {"a.parquet": rows(6), "b.parquet": rows(3, first=6), "c.parquet": rows(9, first=9)}


@given(st.integers(0, 18), st.integers(0, 18))
def test_a_slice_is_that_part_of_the_whole(one: int, other: int) -> None:
    start, stop = sorted((one, other))
    pictures_read = source(FILES)
    found = list(pictures_read.read("all", start=start, stop=stop))
    assert shades(found) == [10 * number for number in range(start, stop)]
    assert all(pictures_read.identify("all", each.index).image_id == each.image_id for each in found[:1])


def test_pictures_are_cut_to_the_size_that_is_asked_for() -> None:
    [found] = source({"a.parquet": rows(1)}).read("all", image_size=(8, 12))
    assert found.image is not None
    assert found.image.shape == (8, 12, 3)


def test_a_bad_cell_is_an_example_with_an_error_and_the_others_are_read() -> None:
    cells: list[Any] = pictures(5)
    cells[1] = None
    cells[2] = {"bytes": None, "path": "elsewhere/2.png"}
    cells[3] = {"bytes": b"no picture", "path": None}
    data = parquet({"image": cells, "label": [0, 1, None, 7, 2]})
    found = list(source({"a.parquet": data}).read("all"))
    assert shades(found) == [0, None, None, None, 40]
    assert [one.label for one in found] == [0, 1, None, None, 2]
    assert "holds no bytes of a picture" in str(found[1].error)
    assert "only the path 'elsewhere/2.png'" in str(found[2].error)
    assert "it is text" in str(found[3].error)


def test_a_picture_that_is_too_large_is_refused() -> None:
    data = parquet({"image": [{"bytes": bytes(20_000), "path": None}], "label": [0]})
    [found] = source({"a.parquet": data}).read("all")
    assert "more than the" in str(found.error)


def test_a_damaged_row_group_costs_its_own_rows_only() -> None:
    data = bytearray(rows(12))
    start = open_table(io.BytesIO(bytes(data))).metadata.row_group(1).column(0).data_page_offset
    data[start : start + 30] = b"\xff" * 30
    found = list(
        source({"a.parquet": bytes(data), "b.parquet": rows(2)}, rows={"a.parquet": 12, "b.parquet": 2}).read("all")
    )
    assert len(found) == 14
    assert shades(found)[:4] == [0, 10, 20, 30]
    assert all(one.error and "'a.parquet' cannot be read" in one.error for one in found[4:8])
    assert shades(found)[8:] == [80, 90, 100, 110, 0, 10]


def test_rows_that_a_file_has_lost_are_errors() -> None:
    found = list(source({"a.parquet": rows(2)}, rows={"a.parquet": 4}).read("all"))
    assert shades(found) == [0, 10, None, None]
    assert "fewer rows than when the job was planned" in str(found[3].error)


def test_names_of_classes_are_those_that_datasets_wrote_down() -> None:
    data = parquet({"image": pictures(2), "label": [1, 0]}, names=["rose", "tulip"])
    assert columns(data) == ParquetColumns("image", "label", ("rose", "tulip"))


@pytest.mark.parametrize("metadata", [b"no json", b"[]", b'{"info": 3}', b'{"info": {"features": {"label": 1}}}'])
def test_metadata_that_says_nothing_is_passed_over(metadata: bytes) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    buffer = io.BytesIO()
    table = pa.table({"image": pictures(1), "label": [3]}).replace_schema_metadata({"huggingface": metadata})
    pq.write_table(table, buffer)
    assert columns(buffer.getvalue()) == ParquetColumns("image", "label", None)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([3, 0, 1], ("0", "1", "2", "3")),
        (["tulip", "rose", "rose"], ("rose", "tulip")),
        ([True, False, True], ("0", "1")),
    ],
)
def test_classes_without_names_are_counted(values: list[Any], classes: tuple[str, ...]) -> None:
    table = open_table(io.BytesIO(parquet({"image": pictures(3), "label": values})))
    assert classes_in([table], "label") == classes


def test_numbers_that_are_no_classes_are_refused() -> None:
    table = open_table(io.BytesIO(parquet({"image": pictures(1), "label": [10**9]})))
    with pytest.raises(BadOption, match="tells no classes"):
        classes_in([table], "label")


def test_a_label_may_be_chosen_and_need_not_be_there() -> None:
    data = parquet({"image": pictures(1), "breed": ["pug"], "size": [3.5]})
    assert columns(data).label is None
    assert columns(data, "breed").label == "breed"
    with pytest.raises(BadOption, match="the feature 'size' is double") as refused:
        columns(data, "size")
    assert refused.value.field == "label"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"text": ["a"]}, "no column holds pictures: it has text"),
        ({"left": pictures(1), "right": pictures(1)}, "more than one column holds pictures"),
    ],
)
def test_a_table_without_one_column_of_pictures_is_refused(made: Mapping[str, Any], words: str) -> None:
    with pytest.raises(UnknownName, match=words):
        columns(parquet(made))


def test_plain_bytes_are_pictures_too() -> None:
    data = parquet({"jpg": [png(70)], "label": [1]})
    assert columns(data).image == "jpg"
