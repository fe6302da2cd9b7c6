"""Filtered and sorted lists, pages and neighbours: each against the same in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.readers.file_cache import FileCache
from api.readers.images.facets import count_facets
from api.readers.images.image_tables import ImageTables
from api.readers.images.result_files import ResultFileReader
from api.readers.images.result_query import ResultQuery, ResultReader
from api.readers.report_reader import ReportReader
from jobs.errors import ObjectNotFound
from jobs.results.images.image_filter import SORTS, ImageFilter, ValueRange
from jobs.results.record import Outcome
from store.memory import MemoryStore
from tests.services.stored_results import MadeUpImage, store_results

JOB, MAP = "made-up", np.ones((2, 2), np.float32)
RNG = np.random.default_rng(7)
IMAGES = tuple(
    MadeUpImage(
        image_id=f"i{number:02d}{'_rose' if number % 5 == 0 else ''}.jpg",
        label=int(RNG.integers(3)),
        prediction=int(RNG.integers(3)),
        confidence=round(float(RNG.random()), 1),
        maps={"gradcam": MAP},
        values={} if number % 7 == 0 else {"focus": round(float(RNG.random()), 1)},
        flags=("empty_cam", "one_branch")[: number % 3],
        error="it is no picture" if number % 11 == 0 else None,
    )
    for number in range(30)
)


@cache
def tables() -> ImageTables:
    store = MemoryStore("images")
    store_results(store, JOB, IMAGES)
    store_results(store, "empty", ())
    return ImageTables(ResultFileReader(ReportReader(store), FileCache(store)))


@cache
def reader() -> ResultReader:
    return ResultReader(tables())


def outcome(image: MadeUpImage) -> Outcome:
    if image.error:
        return Outcome.ERROR
    return Outcome.CORRECT if image.prediction == image.label else Outcome.WRONG


def passes(image: MadeUpImage, wanted: ImageFilter) -> bool:
    prediction, confidence = (None, None) if image.error else (image.prediction, image.confidence)
    values = {"confidence": confidence, **({} if image.error else image.values)}
    flags = () if image.error else image.flags
    return (
        (not wanted.outcome or outcome(image) in wanted.outcome)
        and (not wanted.label or image.label in wanted.label)
        and (not wanted.prediction or prediction in wanted.prediction)
        and (not wanted.flag or bool(set(flags) & set(wanted.flag)))
        and (not wanted.id or image.image_id in wanted.id)
        and (wanted.search is None or wanted.search.lower() in image.image_id.lower())
        and all(_within(values.get(each.name), each) for each in wanted.range)
    )


def _within(value: float | None, wanted: ValueRange) -> bool:
    low, high = (-np.inf if wanted.low is None else wanted.low), (np.inf if wanted.high is None else wanted.high)
    return value is not None and low <= value <= high


def listed(wanted: ImageFilter) -> list[str]:
    """Ids in order; Python's sorting keeps those that come out equal in the order of the split, also in reverse."""
    found = [image for image in IMAGES if passes(image, wanted)]
    value = SORTED_BY[wanted.column]
    having = sorted((each for each in found if value(each) is not None), key=value, reverse=wanted.descending)
    return [each.image_id for each in (*having, *(each for each in found if value(each) is None))]


SORTED_BY: dict[str, Callable[[MadeUpImage], Any]] = {
    "index": IMAGES.index,
    "image_id": lambda image: image.image_id,
    "outcome": lambda image: outcome(image).value,
    "label": lambda image: image.label,
    "prediction": lambda image: None if image.error else image.prediction,
    "confidence": lambda image: None if image.error else image.confidence,
    "focus": lambda image: None if image.error else image.values.get("focus"),
    "paths": lambda _: None,
}
classes = st.lists(st.integers(0, 3), max_size=2).map(tuple)
filters = st.builds(
    ImageFilter,
    sort=st.sampled_from([each for each in SORTS if each.removeprefix("-") in SORTED_BY]),
    method=st.sampled_from([None, "gradcam"]),
    outcome=st.lists(st.sampled_from(Outcome), max_size=2).map(tuple),
    label=classes,
    prediction=classes,
    flag=st.sampled_from([(), ("empty_cam",), ("one_branch", "empty_cam"), ("empty",), ("%",)]),
    range=st.sampled_from([(), (ValueRange("confidence", 0.3, 0.8),), (ValueRange("focus", 0.5),)]),
    id=st.sampled_from([(), ("i01.jpg", "i05_rose.jpg", "none.jpg")]),
    search=st.sampled_from([None, "ROSE", "1", "%", "'", "\0"]),
)


@settings(max_examples=40, deadline=None)
@given(wanted=filters, size=st.integers(1, 40))
def test_pages_by_number_hold_the_list_in_its_order(wanted: ImageFilter, size: int) -> None:
    expected = listed(wanted)
    pages = [reader().numbered_page(JOB, wanted, number=number, size=size) for number in range(1, 30 // size + 3)]
    assert [image.record.image_id for found, _ in pages for image in found] == expected
    assert {page.total for _, page in pages} == {len(expected)}


@settings(max_examples=40, deadline=None)
@given(wanted=filters, size=st.integers(1, 40))
def test_pages_that_follow_each_other_hold_it_too(wanted: ImageFilter, size: int) -> None:
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = reader().page(JOB, ResultQuery(wanted, limit=size, after=after))
        found += [image.record.image_id for image in page]
        if after is None:
            break
    assert found == listed(wanted)


@settings(max_examples=40, deadline=None)
@given(wanted=filters, image=st.sampled_from(IMAGES))
def test_the_neighbours_of_an_image_are_those_of_the_list(wanted: ImageFilter, image: MadeUpImage) -> None:
    expected = listed(wanted)
    found = reader().neighbours(JOB, wanted, image.image_id)
    assert found.total == len(expected)
    if image.image_id in expected:
        place = expected.index(image.image_id)
        assert found.position == place + 1
        assert found.previous == (expected[place - 1] if place else None)
        assert found.next == (expected[place + 1] if place + 1 < len(expected) else None)
    else:
        assert found.position is None
        whole = listed(wanted.without_filters())
        before = [each for each in expected if whole.index(each) < whole.index(image.image_id)]
        assert (found.previous, found.next) == (
            before[-1] if before else None,
            expected[len(before)] if len(before) < len(expected) else None,
        )


def told(image: MadeUpImage) -> dict[str, list[object]]:
    """What an image counts for, by facet."""
    seen = [] if image.error else [image]
    return {
        "outcome": [outcome(image).value],
        "label": [image.label],
        "prediction": [each.prediction for each in seen],
        "confidence": [min(int(each.confidence * 10), 9) for each in seen],
        "flag": [flag for each in seen for flag in each.flags],
    }


@settings(max_examples=40, deadline=None)
@given(filters)
def test_a_facet_counts_what_another_choice_of_it_would_give(wanted: ImageFilter) -> None:
    found = count_facets(tables(), JOB, wanted)
    assert found.total == len(listed(wanted))
    for facet in ("outcome", "label", "prediction", "confidence", "flag"):
        of_others = {"range": tuple(each for each in wanted.range if each.name != facet)}
        others = wanted.but(**(of_others if facet == "confidence" else {facet: ()}))
        expected = Counter(value for image in IMAGES if passes(image, others) for value in told(image)[facet])
        assert getattr(found, facet) == expected, facet


def test_an_image_that_is_not_there_is_told_apart_from_one_that_is_left_out() -> None:
    with pytest.raises(ObjectNotFound, match="no image 'i99"):
        reader().neighbours(JOB, ImageFilter(), "i99.jpg")


def test_a_job_without_images_has_an_empty_page() -> None:
    found, page = reader().numbered_page("empty", ImageFilter(), number=1, size=24)
    assert (found, page.total, page.pages) == ([], 0, 1)
    assert count_facets(tables(), "empty", ImageFilter()).total == 0
