"""The filter of a list of images, and its text in addresses."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import InvalidSpec
from jobs.results.images.image_filter import RANGED, SORTS, ImageFilter, ValueRange
from jobs.results.images.image_filter_text import LARGEST_LABEL, read_filter
from jobs.results.record import Outcome

CLASSES = ("rose", "tiger lily", "tulip", "Rose")
METHODS = ("gradcam", "gradcam++")
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
labels = st.lists(st.integers(0, LARGEST_LABEL), unique=True, max_size=4).map(lambda each: tuple(sorted(each)))
bounds = st.floats(allow_nan=False, allow_infinity=False)


def several(each: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(each, unique=True, max_size=4).map(lambda found: tuple(sorted(found)))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[ValueRange, ...]:
    names = draw(st.lists(st.sampled_from(RANGED), unique=True, max_size=3))
    found = []
    for name in names:
        low, high = sorted((draw(bounds), draw(bounds)))
        found.append(
            draw(st.sampled_from([ValueRange(name, low, high), ValueRange(name, low), ValueRange(name, high=high)]))
        )
    return tuple(sorted(found, key=str))


filters = st.builds(
    ImageFilter,
    sort=st.sampled_from(SORTS),
    method=st.sampled_from([None, *METHODS]),
    outcome=st.lists(st.sampled_from(Outcome), unique=True).map(lambda each: tuple(sorted(each))),
    label=labels,
    prediction=labels,
    flag=several(texts),
    range=ranges(),
    id=several(texts),
    search=st.none() | texts,
)


@given(filters)
def test_a_filter_comes_back_from_its_address_as_it_was(wanted: ImageFilter) -> None:
    read = read_filter(parse_qs(wanted.query(), keep_blank_values=True), class_names=CLASSES, methods=METHODS)
    assert read == wanted
    assert read.query() == wanted.query()


def test_a_filter_that_asks_for_nothing_has_no_address() -> None:
    assert ImageFilter().query() == ""
    empty = {name: [""] for name in ("outcome", "label", "flag", "range", "id", "search", "sort", "method")}
    assert read_filter(empty) == ImageFilter()


def test_an_address_reads_as_it_was_meant() -> None:
    wanted = ImageFilter(sort="-map_error", outcome=(Outcome.WRONG,), label=(1,), range=(ValueRange("focus", 0.5),))
    assert wanted.query() == "sort=-map_error&outcome=wrong&label=1&range=focus:0.5.."


@pytest.mark.parametrize(("text", "found"), [("1", (1,)), ("Tiger Lily", (1,)), (" rose ", (0, 3)), ("7", (7,))])
def test_a_class_is_a_number_or_a_name_in_any_case(text: str, found: tuple[int, ...]) -> None:
    assert read_filter({"label": [text]}, class_names=CLASSES).label == found


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"outcome": ["right"]}, "outcome", "expected correct, wrong, explained, error"),
        ({"label": ["tigerlily"]}, "label", "a number from 0 to 3, or a name: rose, tiger lily, tulip"),
        ({"label": ["tigerlily"]}, "label", "did you mean 'tiger lily'?"),
        ({"prediction": ["-1"]}, "prediction", "'-1' is no class"),
        ({"prediction": [str(2**31)]}, "prediction", "is no class"),
        ({"label": ["²"]}, "label", "is no class"),
        ({"sort": ["beauty"]}, "sort", "'beauty' is no order: expected index, "),
        ({"sort": ["map_eror"]}, "sort", "did you mean 'map_error'?"),
        ({"method": ["lime"]}, "method", "no maps by 'lime': there are maps by gradcam, gradcam++"),
        ({"method": ["gradcam  "]}, "method", "+ is written %2B"),
        ({"range": ["focus"]}, "range", "'confidence:0.5..0.9'"),
        ({"range": ["colour:0..1"]}, "range", "'colour' has no range: expected one of confidence, "),
        ({"range": ["focus:a..1"]}, "range", "'a' in 'focus:a..1' is no number"),
        ({"range": ["focus:nan..1"]}, "range", "is no number"),
        ({"range": ["focus:1..inf"]}, "range", "is no number"),
        ({"range": ["focus:.."]}, "range", "has no bound"),
        ({"range": ["focus:1..0"]}, "range", "is empty"),
        ({"range": ["focus:0..1", "focus:0..2"]}, "range", "two ranges of focus"),
        ({"cluster": ["0"]}, "cluster", "'0' is no cluster"),
        ({"cluster": ["00000000011"]}, "cluster", "'00000000011' is no cluster"),
        ({"id": ["x" * 501]}, "id", "at most 500 characters"),
        ({"id": [str(number) for number in range(501)]}, "id", "at most 500"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(given: dict[str, list[str]], field: str, words: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read_filter(given, class_names=CLASSES, methods=METHODS)
    assert refused.value.field == field
    assert words in str(refused.value)


def test_a_range_takes_the_place_of_the_one_of_the_same_name() -> None:
    wanted = ImageFilter().with_range(ValueRange("focus", 0.1)).with_range(ValueRange("focus", 0.2, 0.5))
    assert wanted.range == (ValueRange("focus", 0.2, 0.5),)
    assert wanted.with_range(ValueRange("focus")).range == ()
