"""Histograms of measures: each bar counts the images that its range lets pass."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nextafter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api.readers.file_cache import FileCache
from api.readers.images.distributions import BINS, Distribution, distributions
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.images.result_query import ResultReader
from api.readers.report_reader import ReportReader
from jobs.results.images.image_filter import ImageFilter, ValueRange
from store.memory import MemoryStore
from tests.services.stored_results import MadeUpImage, store_results

MAP = np.ones((2, 2), np.float32)


def tables(values: Sequence[float | None]) -> ImageTables:
    store = MemoryStore("spread")
    images = [
        MadeUpImage(f"{number}.jpg", maps={"gradcam": MAP}, values={"focus": value, "relative_delta": value})
        for number, value in enumerate(values)
    ]
    store_results(store, "job", images, shard_size=64)
    return ImageTables(ResultFileReader(ReportReader(store), FileCache(store)))


def bars(values: Sequence[float | None]) -> dict[str, Distribution]:
    """By measure; `judged_delta` is what `relative_delta` says where it was not measured itself."""
    return {each.column.measure: each for each in distributions(tables(values), "job")}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_each_bar_counts_what_its_range_lets_pass(values: Sequence[float | None]) -> None:
    found = tables(values)
    reader = ResultReader(found)
    for each in distributions(found, "job"):
        assert each.images == sum(one.count for one in each.bins)
        for one in each.bins:
            low = None if one.low is None else nextafter(one.low, inf)
            wanted = ImageFilter(range=(ValueRange(each.column.measure, low, one.high),))
            if one.low is not None or one.high is not None:
                assert reader.total("job", wanted) == one.count


def test_a_few_values_far_away_leave_the_others_their_bars() -> None:
    focus = bars([number / 1000 for number in range(1000)] + [1e9])["focus"]
    assert len(focus.bins) == BINS
    assert all(40 <= each.count <= 61 for each in focus.bins)
    assert focus.bins[-1].high is None


def test_errors_that_are_no_number_are_in_the_last_bar() -> None:
    found = bars([0.1, 0.2, 0.3, None])
    assert (found["focus"].images, found["relative_delta"].images) == (3, 4)
    assert found["relative_delta"].bins[-1].count == 2


def test_values_that_are_all_the_same_are_all_counted() -> None:
    focus = bars([0.5, 0.5])["focus"]
    assert focus.column.column == "gradcam.focus"
    assert focus.images == 2


def test_images_without_numbers_have_no_bars() -> None:
    assert set(bars([None, None])) == {"relative_delta", "judged_delta"}
