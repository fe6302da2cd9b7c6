"""One image of a gallery: its picture, what the model said, and the value that the list is sorted by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.pages.gallery.gallery_view import GalleryAddress
from api.readers.images.result_query import FoundImage
from api.routes.maps import photograph_link
from api.routes.results import ResultItem
from jobs.results.convergence import image_value
from jobs.results.images.image_filter import ImageFilter
from jobs.results.measure import MEASURES
from jobs.results.record import MethodRecord, Outcome
from jobs.results.wording import number

_EMPTY = "empty_cam"
LONGEST = 448
"""Pixels of a photograph in a tile: twice the width of one, for sharp screens."""


@dataclass(frozen=True)
class Tile:
    """What is shown of an image.

    Attributes:
        url: its page.
        picture: the address of a map over it, else of its photograph; None where there is none.
        why_none: in words, where there is no picture.
        sorted_by: a measure and its value, where the list is sorted by one.
    """

    url: str
    image_id: str
    picture: str | None
    why_none: str
    outcome: Outcome
    predicted: str | None
    confidence: float | None
    label: str | None
    sorted_by: str | None
    flags: tuple[str, ...]


def tiles(
    images: Iterable[tuple[FoundImage, ResultItem]], address: GalleryAddress, *, photographs: bool
) -> Iterator[Tile]:
    """A tile for each image of a page; ``photographs`` says whether they can be shown where there is no map."""
    for found, item in images:
        map_ = _shown(item, address.view.show)
        empty = map_ is not None and _EMPTY in map_.flags
        photograph = photograph_link(address.job_id, found, longest=LONGEST) if photographs and not item.error else None
        yield Tile(
            url=address.image(item.image_id),
            image_id=item.image_id,
            picture=item.links[map_.name] if map_ is not None and not empty else photograph,
            why_none=item.error or ("nothing speaks for the class" if empty else "no map"),
            outcome=item.outcome,
            predicted=_class(item.prediction_name, item.prediction),
            confidence=item.confidence,
            label=_class(item.label_name, item.label) if item.outcome is Outcome.WRONG else None,
            sorted_by=_sorted_by(item, address.filter),
            flags=tuple(dict.fromkeys(flag for each in item.methods for flag in each.flags)),
        )


def _shown(item: ResultItem, method: str | None) -> MethodRecord | None:
    """The map that a method made of the first class, or the first there is; none where photographs are asked for."""
    having = [each for each in item.methods if each.name in item.links]
    return next((each for each in having if method is None or each.method == method), None)


def _class(name: str | None, label: int | None) -> str | None:
    return name or (None if label is None else str(label))


def _sorted_by(item: ResultItem, wanted: ImageFilter) -> str | None:
    if wanted.column not in MEASURES:
        return None
    methods = dict.fromkeys(each.method for each in item.methods if wanted.method in {None, each.method})
    found = (image_value(item.methods, method, wanted.column) for method in methods)
    value = next((one for one in found if one is not None), None)
    return f"{MEASURES[wanted.column].title} {number(value)}"
