"""What a list asks for, in words, each with the address of the list that does not ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from api.pages.gallery.choices import OUTCOMES, class_name, without
from api.pages.gallery.gallery_view import GalleryAddress
from jobs.results.images.image_filter import ImageFilter, ValueRange
from jobs.results.measure import measure_title
from jobs.results.wording import number, words


def removals(address: GalleryAddress, class_names: Sequence[str]) -> list[tuple[str, str]]:
    """What is asked for, in words, each with the address of the list without it."""
    return [(text, address.url(others)) for text, others in _asked(address.filter, class_names)]


def _asked(wanted: ImageFilter, names: Sequence[str]) -> Iterator[tuple[str, ImageFilter]]:
    texts: dict[str, Callable[[Any], str]] = {
        "outcome": lambda outcome: OUTCOMES[outcome],
        "label": lambda label: f"class {class_name(label, names)}",
        "prediction": lambda label: f"predicted {class_name(label, names)}",
        "flag": words,
        "cluster": lambda number: f"cluster {number}",
    }
    for facet, text in texts.items():
        chosen = getattr(wanted, facet)
        yield from ((text(value), wanted.but(**{facet: without(chosen, value)})) for value in chosen)
    for each in wanted.range:
        yield _range_in_words(each), wanted.with_range(ValueRange(each.name))
    if wanted.id:
        one = wanted.id[0] if len(wanted.id) == 1 else f"{len(wanted.id)} named images"
        yield one, wanted.but(id=())
    if wanted.search is not None:
        yield f"id contains “{wanted.search}”", wanted.but(search=None)


def _range_in_words(wanted: ValueRange) -> str:
    """A range as people read it."""
    name = measure_title(wanted.name)
    if wanted.low is None:
        return f"{name} at most {number(wanted.high)}"
    if wanted.high is None:
        return f"{name} at least {number(wanted.low)}"
    return f"{name} {number(wanted.low)} to {number(wanted.high)}"
