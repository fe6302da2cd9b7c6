"""The form of a gallery: what is typed or picked from a list. It works without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from api.pages.gallery.gallery_view import PHOTOGRAPHS, TILE_SIZES, GalleryAddress
from api.pages.templates import title
from jobs.errors import InvalidSpec
from jobs.results.images.image_filter import CONFIDENCE, INDEX, ImageFilter
from jobs.results.images.image_filter_text import LONGEST_VALUE, read_filter
from jobs.results.measure import measure_title

FORM_FIELDS = frozenset({"measure", "at_least", "at_most"})
"""Names that only the form sends: together they are a range."""
_TYPED = frozenset({"search", "sort", "method", "tile", "show", "page"})
"""What the form has fields of its own for, so that it does not send it along hidden."""
_ORDERS = {
    INDEX: "place in the split",
    "image_id": "id",
    "outcome": "outcome",
    "label": "true class",
    "prediction": "predicted class",
    CONFIDENCE: "confidence",
}
_Bound = Annotated[str, Query(max_length=LONGEST_VALUE)]


@dataclass(frozen=True)
class Option:
    """One choice of a list."""

    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True)
class FilterForm:
    """What the form shows.

    Attributes:
        hidden: names and values that are sent along as they are.
        measures: of what a range can be asked for.
    """

    hidden: tuple[tuple[str, str], ...]
    search: str
    measures: tuple[Option, ...]
    sorts: tuple[Option, ...]
    methods: tuple[Option, ...]
    shown: tuple[Option, ...]
    tiles: tuple[Option, ...]


def filter_form(
    address: GalleryAddress, *, methods: Sequence[str], measures: Sequence[str], photographs: bool
) -> FilterForm:
    """The form as it stands for this list.

    Args:
        methods: of the job.
        measures: that its images have.
        photographs: whether they can be shown.
    """
    wanted, view = address.filter, address.view
    alone = (Option(PHOTOGRAPHS, PHOTOGRAPHS, view.show == PHOTOGRAPHS),) if photographs else ()
    return FilterForm(
        hidden=tuple((name, value) for name, value in wanted.pairs() if name not in _TYPED),
        search=wanted.search or "",
        measures=tuple(Option(name, measure_title(name)) for name in (CONFIDENCE, *measures)),
        sorts=tuple(_sorts(wanted, measures)),
        methods=_of_methods("whichever is measured", methods, wanted.method),
        shown=(*_of_methods("the first", methods, view.show), *alone),
        tiles=tuple(Option(size, size, size == view.tile) for size in TILE_SIZES),
    )


def form_range(measure: _Bound = "", at_least: _Bound = "", at_most: _Bound = "") -> str:
    """The range that somebody typed, as it stands in an address; empty where they typed none.

    Raises:
        InvalidSpec: there are bounds, and it is not said of what.
    """
    low, high = at_least.strip(), at_most.strip()
    if (low or high) and not measure:
        raise InvalidSpec("say of what these are the bounds: the confidence, or a measure", field="measure")
    return f"{measure}:{low}..{high}" if low or high else ""


def with_form_range(wanted: ImageFilter, text: str) -> ImageFilter:
    """The filter with this range, in place of the one of the same name.

    Raises:
        InvalidSpec: it is no range.
    """
    return wanted.with_range(read_filter({"range": [text]}).range[0]) if text else wanted


def _sorts(wanted: ImageFilter, measures: Sequence[str]) -> Iterator[Option]:
    for name in (*_ORDERS, *measures):
        up, down = ("first to last", "last to first") if name in {INDEX, "image_id"} else ("low to high", "high to low")
        for value, way in ((name, up), (f"-{name}", down)):
            text = f"{_ORDERS.get(name) or measure_title(name)}, {way}"
            yield Option(value, text, value == wanted.sort)


def _of_methods(nothing: str, methods: Sequence[str], chosen: str | None) -> tuple[Option, ...]:
    named = (Option(name, title(name), name == chosen) for name in methods)
    return (Option("", nothing, chosen is None), *named)
