"""Filters that the files of a job cannot answer."""

from __future__ import annotations

import pytest

from api.readers.images.conditions import all_of, conditions, value
from api.readers.images.image_tables import Table
from api.readers.images.result_files import ResultFiles
from jobs.errors import InvalidSpec
from jobs.results.images.image_filter import ImageFilter, ValueRange

OLDER = Table(ResultFiles(("images.parquet",), ("records.parquet",)), ("index", "image_id", "gradcam.focus"))


def test_flags_of_images_that_an_earlier_release_explained_are_refused() -> None:
    with pytest.raises(InvalidSpec, match="earlier release") as refused:
        conditions(OLDER, ImageFilter(flag=("empty_cam",)))
    assert refused.value.field == "flag"


def test_a_range_of_what_nobody_measured_lets_nothing_pass() -> None:
    sql, given = all_of(conditions(OLDER, ImageFilter(range=(ValueRange("map_error", 0.1),))))
    assert sql == "(CAST(NULL AS DOUBLE) >= ?)"
    assert given == [0.1]


def test_the_name_of_a_column_stays_a_name() -> None:
    strange = Table(ResultFiles((), ()), ('a") FROM b; --.focus',))
    assert value(strange, "focus", None) == 'COALESCE("a"") FROM b; --.focus")'
